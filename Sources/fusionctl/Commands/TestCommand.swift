import ArgumentParser

struct TestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Evaluate a checkpoint on the test split.",
    discussion: "A checkpoint in a run folder adds its result to the run's summary.json, for compare.")

  @OptionGroup var options: EvaluationOptions

  func run() throws { try options.run(.test, isRecorded: true) }
}
