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
      Looks at libraries, processor, memory, the launch of several ranks, Slurm's variables, folders and limits; \
      every problem comes with its remedy. Exit status 1 if a run will fail. Inside a job, start it as the \
      training will be started (srun --mpi=pmix fusionctl doctor) to look at all nodes.
      """)

  @Option(name: .long, help: ArgumentHelp("The SEN12MS folder to look at.", valueName: "folder"))
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

  func run() throws {
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
