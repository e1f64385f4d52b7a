import Basics
import Cluster
import Experiments
import Foundation
import Presentation
import Training

/// The libraries that the program was linked with.
enum LibrariesCheck {
  static var findings: [Finding] {
    let text = (LibraryVersions.all + (MPILibrary.version == nil ? ["no MPI"] : [])).joined(separator: ", ")
    guard MPILibrary.version == nil else { return [Finding("libraries", .ok, text)] }
    return [
      Finding(
        "libraries", .note, "\(text): runs have one process",
        remedy: "install OpenMPI (libopenmpi-dev) and build without --disable-default-traits")
    ]
  }
}

/// The processor and the part of it that a run may use.
enum ProcessorCheck {
  static func findings(_ ranks: Ranks?) -> [Finding] {
    let name = "processor"
    let model = (ProcessUsage.value(of: "model name", in: "/proc/cpuinfo") ?? "unknown processor").printable
    do {
      let cores = try UsableCores.current()
      let usable = counted(cores.count, "usable core")
      let machine = ProcessInfo.processInfo.processorCount
      let text =
        "\(model), \(usable)" + (cores.count < machine ? " of \(machine)" : "") + ", \(Devices.processor)"
      let notes = [ranks?.coreNote, cores.note(asked: nil)].compactMap { $0 }
      return [Finding(name, .ok, text)] + notes.map { Finding(name, .note, $0) }
    } catch let error as InputError {
      return [Finding(name, .problem, "\(error.subject): \(error.problem)", remedy: error.remedy)]
    } catch {
      return [Finding(name, .problem, "\(error)")]
    }
  }
}

/// NVIDIA GPUs and the libraries for them. A run that may choose computes on the CPU where the GPU cannot be used, so nothing
/// here is a problem.
enum GPUCheck {
  static var findings: [Finding] {
    Devices.gpuLines().map { line in
      switch line.meaning {
      case .fact: Finding("gpu", .ok, line.text)
      case .fault: Finding("gpu", .note, "no run on the GPU: \(line.text)", remedy: line.remedy)
      case .note: Finding("gpu", .note, line.text, remedy: line.remedy)
      }
    }
  }
}

/// Memory of the machine, of the control group, and of a process.
enum MemoryCheck {
  private static let name = "memory"

  static var findings: [Finding] {
    machine
      + MemoryBound.current.filter { $0.source != .controlGroup }.map {
        Finding(
          name, .note, "\($0.source.name) allows a process \(NumberText.bytes($0.limit))",
          remedy: $0.source.remedy)
      }
  }

  private static var machine: [Finding] {
    guard let machine = MemoryLimit.machine() else {
      return [Finding(name, .note, "the system does not say how much memory there is")]
    }
    let text =
      "\(NumberText.bytes(machine.total)), \(NumberText.bytes(machine.available)) of it available"
    guard let limit = MemoryLimit.controlGroup(), limit < machine.total else {
      return [Finding(name, .ok, "\(text), no limit by a control group")]
    }
    return [
      Finding(
        name, .note,
        "\(text); the control group allows \(NumberText.bytes(limit)), and ends processes that take more",
        remedy: "compare with 'fusionctl plan'; ask for more with --mem")
    ]
  }
}

/// Files that a process may have open at once.
enum OpenFilesCheck {
  /// Open files for readers, checkpoint, log, libraries and connections: the least number, and a number for many ranks.
  private static let (enough, comfortable): (UInt, UInt) = (128, 1024)

  static var findings: [Finding] { findings(limit: currentLimit) }

  private static var currentLimit: UInt {
    var limit = rlimit()
    // The type of the constant differs between C libraries.
    return getrlimit(__rlimit_resource_t(7), &limit) == 0 ? UInt(limit.rlim_cur) : .max
  }

  static func findings(limit: UInt) -> [Finding] {
    let text =
      limit > UInt(Int32.max) ? "no limit" : "limit \(NumberText.grouped(Int(limit))) a process (ulimit -n)"
    guard limit < comfortable else { return [Finding("open-files", .ok, text)] }
    return [
      Finding(
        "open-files", limit < enough ? .problem : .note,
        text + (limit < enough ? ", too few" : ", too few for many ranks"), remedy: "ulimit -n 4096")
    ]
  }
}
