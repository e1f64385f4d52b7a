import ArgumentParser
import Basics
import Experiments
import Imagery

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Evaluate a checkpoint on its validation split, or on another.",
    discussion: """
      The split is that of the training, which the checkpoint remembers. With --split train the training patches are \
      evaluated as in a validation, without crops at random, flips and turns: so one sees how much of the result is \
      learnt by heart. --split test says what 'test' says and adds nothing to the run's summary.json.
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
