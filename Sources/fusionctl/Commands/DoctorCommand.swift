import ArgumentParser
import Basics
import Cluster
import Diagnostics
import Experiments
import Foundation

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Say what on this machine or in this job would make a run fail.",
    discussion: """
      Looks at libraries, processor, GPUs, memory, the launch of several ranks, Slurm's variables, folders and limits; \
      every problem comes with its remedy. Exit status 1 if a run will fail. Inside a job, start it as the \
      training will be started (srun --mpi=pmix fusionctl doctor) to look at all nodes.
      """)

  @Option(name: .long, help: ArgumentHelp("The data folder or pack to look at.", valueName: "folder"))
  var data: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The folder of label file and split lists to look at.", valueName: "folder"))
  var labels: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The run folder to look at (default: the current folder).", valueName: "run"))
  var out: String?

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Look only at these: \(Doctor.Check.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "check"))
  var only: [String] = []

  @Flag(name: .long, help: "Print everything as JSON.")
  var json = false

  @Flag(
    name: .long,
    help:
      "Only compile the kernels for NVIDIA GPUs in advance. A login node can do it: it needs NVRTC, but no GPU."
  )
  var prepare = false

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "With --prepare, compile for these, e.g. sm_80 (default: the GPUs here; without one, the common ones).",
      valueName: "sm"))
  var architectures: [String] = []

  func validate() throws {
    if prepare, json || data != nil || labels != nil || out != nil || !only.isEmpty {
      throw ValidationError("--prepare compiles kernels alone: leave out all options but --architectures")
    }
    if !prepare, !architectures.isEmpty { throw ValidationError("--architectures belongs to --prepare") }
  }

  func run() throws {
    if prepare {
      let progress = Terminal.progress(quiet: false)
      return Terminal.result(try Devices.prepareKernels(for: architectureNumbers) { progress.message($0) })
    }
    let doctor = Doctor(data: data, labels: labels, out: out, checks: try checks)
    // The first process alone examines a launch that a training would refuse.
    if let refusal = Launch.refusal(of: "fusionctl train …") {
      guard Launch.isFirst else { throw AgreedError(line: refusal.description, status: 1) }
      return try tell(doctor.examine(nil))
    }
    let report = try Ranks.run { ranks in
      let report = try doctor.examine(ranks)
      if ranks.isFirst { try print(report) }
      return report
    }
    if report.hasProblems { throw ExitCode(1) }
  }

  private func tell(_ report: DoctorReport) throws {
    try print(report)
    if report.hasProblems { throw ExitCode(1) }
  }

  private func print(_ report: DoctorReport) throws {
    Terminal.result(json ? try report.json : report.text(Terminal.style(STDOUT_FILENO)), exact: json)
  }

  /// 80 for "sm_80" or "80".
  private var architectureNumbers: [Int] {
    get throws {
      try architectures.map { name in
        guard let number = Int(name.hasPrefix("sm_") ? name.dropFirst(3) : name[...]),
          (60...199).contains(number)
        else {
          throw InputError(
            .usage, "--architectures \(shownName(name))", "expected an architecture from sm_60 on",
            remedy: "name it as nvidia-smi's compute_cap without its point: sm_80 for 8.0")
        }
        return number
      }
    }
  }

  private var checks: [Doctor.Check] {
    get throws {
      guard !only.isEmpty else { return Doctor.Check.allCases }
      return try only.map { name in
        guard let check = Doctor.Check(rawValue: name) else {
          let known = Doctor.Check.allCases.map(\.rawValue)
          throw InputError(
            .usage, "--only \(name)", "expected one of \(known.joined(separator: ", "))",
            remedy: Spelling.nearest(to: name, among: known).map { "did you mean '\($0)'?" })
        }
        return check
      }
    }
  }
}
