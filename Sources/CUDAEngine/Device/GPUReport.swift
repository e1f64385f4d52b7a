import Basics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The NVIDIA GPUs of this machine and the libraries for them: what is there, and what a run on a GPU would meet.
package struct GPUReport: Sendable {
  /// The libraries that were found.
  package let libraries: [CUDALibraries.Found]
  package let gpus: [GPU]
  /// Why no GPU can be used: libraries that are missing or unsuitable, and failures of the driver.
  package let faults: [InputError]
  /// Why compiled kernels cannot be kept, so that every run compiles them; nil where they can.
  package let cacheFault: InputError?
  /// Where compiled kernels are kept, and the number of files there.
  package let cache: (folder: String, count: Int)?

  /// A GPU that this process sees.
  package struct GPU: Sendable {
    package let facts: GPUFacts
    /// Bytes that nobody uses, a context counted as used; nil where the GPU cannot be opened.
    package let free: Int?
    /// Why it cannot be used.
    package let faults: [InputError]
  }

  /// Whether a file of NVIDIA's driver was found, be it one that cannot be used.
  package let hasDriver: Bool

  /// Looks at the libraries, and opens each GPU for a moment.
  package init(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    let survey = CUDASurvey(environment)
    libraries = survey.found
    hasDriver = survey.driver.fault?.subject != NeededLibrary.driver.title
    let files = CubinCache(environment)
    var faults = [survey.driver.fault, survey.cudnn.fault].compactMap { $0 }
    var gpus: [GPU] = []
    if let driver = survey.driver.library {
      do throws(InputError) {
        for number in 0..<(try GPUFacts.count(driver)) {
          gpus.append(Self.gpu(try GPUFacts(driver, number: number), driver, survey))
        }
      } catch {
        faults.append(error)
      }
    }
    if let fault = survey.nvrtc.fault {
      let unprepared = gpus.lazy.compactMap { Self.fault($0.facts, survey.nvrtc, files) }.first
      faults += gpus.isEmpty ? [fault] : [unprepared].compactMap { $0 }
    }
    let state = files.state
    cache = files.folder.map { (folder: $0, count: state.count) }
    self.gpus = gpus
    self.faults = faults
    cacheFault = state.fault
  }

  /// Why the GPU has no kernels; nil where it has.
  private static func fault(_ facts: GPUFacts, _ nvrtc: Loaded<NVRTC>, _ files: CubinCache) -> InputError? {
    do throws(InputError) {
      _ = try KernelCompiler(nvrtc, capability: facts.capability, cache: files)
      return nil
    } catch {
      return error
    }
  }

  private static func gpu(_ facts: GPUFacts, _ driver: CUDADriver, _ survey: CUDASurvey) -> GPU {
    let faults = facts.faults(survey.nvrtc.library, survey.cudnn.library)
    guard facts.mode != .prohibited else { return GPU(facts: facts, free: nil, faults: faults) }
    do throws(InputError) {
      let context = try CUDAContext(driver, number: facts.number)
      return GPU(facts: facts, free: try context.memory().free, faults: faults)
    } catch {
      return GPU(facts: facts, free: nil, faults: faults + [error])
    }
  }
}
