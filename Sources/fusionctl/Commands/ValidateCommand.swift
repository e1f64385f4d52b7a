import ArgumentParser
import Basics
import Experiments
import Imagery

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Evaluate a checkpoint on its validation split, or on another.",
    discussion: """
      The split is made as in the training, by the settings in the checkpoint. --split train evaluates the training \
      patches as in a validation, without random crops, flips and rotations: a far better result than on the validation \
      patches shows overfitting. --split test prints what 'test' prints and adds nothing to the run's summary.json.
      """)

  @Option(
    name: .long,
    help: ArgumentHelp("Which patches: train, validation or test (default: validation).", valueName: "split"))
  var split = Split.validation.rawValue

  @OptionGroup var options: EvaluationOptions

  func run() throws {
    guard let chosen = Split(rawValue: split) else {
      let known = Split.allCases.map(\.rawValue)
      throw InputError(
        .usage, "--split \(split)", "expected one of \(known.joined(separator: ", "))",
        remedy: Spelling.nearest(to: split, among: known).map { "did you mean '\($0)'?" })
    }
    try options.run(chosen)
  }
}
