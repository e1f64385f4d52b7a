import ArgumentParser
import Presentation

/// How much is said.
struct OutputOptions: ParsableArguments {
  @Flag(name: [.long, .short], help: "Print no progress.")
  var quiet = false

  var progress: ProgressReporter { Terminal.progress(quiet: quiet) }
}
