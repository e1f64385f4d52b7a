import Cluster
import Foundation
import Presentation
import Training

/// The commands that a training suggests to its user, made from its own command line.
struct NextCommands {
  /// The words of the command line after the name of the program.
  private let words: [String]
  private let launcher: Launcher
  private let environment: [String: String]
  private let out: String?

  init(
    _ words: [String] = Startup.arguments, launcher: Launcher = Launch.launcher,
    environment: [String: String] = ProcessInfo.processInfo.environment, out: String?
  ) {
    (self.words, self.launcher, self.environment, self.out) = (words, launcher, environment, out)
  }

  var steps: NextSteps {
    NextSteps(
      // A dry run may have no folder, but the training needs one.
      start: line(without(["--dry-run"]) + (out == nil ? ["--out", "RUN"] : [])), resuming: resuming,
      test: out.map { line(["test", $0]) })
  }

  /// Flags that a resumed run does not need: their values are in its config.yaml, or only a first start uses them.
  private static let kept: Set<String> = [
    "--config", "--set", "--epochs", "--batch-size", "--threads", "--memory", "--precision",
    "--checkpoint-every",
    "--init-from", "--into", "--bands", "--take", "--prefix", "--partial", "--ignore-objects",
    "--resume", "--accept-changed-data", "--overwrite", "--dry-run",
  ]

  private var resuming: String {
    // The job scripts set this variable. They put the job back into the queue themselves.
    if environment["FUSIONCTL_JOB_SCRIPT"] != nil {
      return "the job goes on from there when it comes back from the queue"
    }
    var rest = without(Self.kept)
    // `--resume` stands after the name of the command.
    rest.insert("--resume", at: min(1, rest.count))
    let command = line(rest)
    switch launcher {
    case .plain: return "go on with: \(command)"
    case .mpirun: return "go on with mpirun, as before: \(command)"
    case .srun, .srunWithoutPMIx: return "go on with srun, as before: \(command)"
    case .otherMPI: return "go on with the launcher, as before: \(command)"
    }
  }

  /// The words of the command line without the given flags and their values.
  private func without(_ flags: Set<String>) -> [String] {
    var rest: [String] = []
    var isLeftOut = false
    for word in words {
      if word.hasPrefix("-") {
        isLeftOut = flags.contains(word.split(separator: "=", maxSplits: 1).first.map(String.init) ?? word)
      }
      if !isLeftOut { rest.append(word) }
    }
    return rest
  }

  private func line(_ words: [String]) -> String {
    ([Startup.name] + words).map(ShellText.quoted).joined(separator: " ")
  }
}
