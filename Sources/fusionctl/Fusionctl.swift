import ArgumentParser
import Basics
import Cluster
import Foundation
import Presentation
import Training

/// The command line.
@main
struct Fusionctl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fusionctl",
    abstract: "Train and test deep-fusion networks for land-cover classification on SEN12MS.",
    discussion: """
      Results go to standard output, progress and diagnostics to standard error. Exit status: 0 done; 1 failed; \
      2 bad data or a damaged file; 64 wrong usage; 75 stopped on request with everything saved; \
      76 another rank or the GPU was lost: run again to continue from the last checkpoint.

      Colours are shown on a terminal, unless NO_COLOR is set; with CLICOLOR_FORCE also elsewhere. \
      --generate-completion-script bash, zsh or fish prints completions for a shell, --generate-man-page a page \
      for man.
      """,
    version: ProgramVersion.current,
    groupedSubcommands: [
      CommandGroup(
        name: "Experiment",
        subcommands: [
          TrainCommand.self, ValidateCommand.self, TestCommand.self, PredictCommand.self, CompareCommand.self,
          ReportCommand.self, ShowCommand.self,
        ]),
      CommandGroup(
        name: "Preparation",
        subcommands: [
          DatasetCommand.self, PackCommand.self, PlanCommand.self, DoctorCommand.self, SlurmCommand.self,
          BenchCommand.self, StatsCommand.self, SynthCommand.self, KeysCommand.self,
        ]),
      CommandGroup(
        name: "Model file", subcommands: [InspectCommand.self, ExportCommand.self, ImportCommand.self]),
    ])

  @Option(
    help: ArgumentHelp("When to show colours; auto: on a terminal.", valueName: "when"))
  var color = TextStyle.ColourChoice.auto

  /// Runs the command line. Every `InputError` becomes one line and an exit status.
  static func main() {
    Terminal.prepare()
    do {
      try Startup.prepare()
      if let page = try HelpRequest(Startup.arguments) { return page.answer() }
      var command = try parsed()
      try command.run()
    } catch let error as AgreedError {
      Foundation.exit(error.status)
    } catch let error as InputError {
      Terminal.error(error.description)
      Foundation.exit(error.kind.exitStatus)
    } catch {
      leave(error)
    }
  }

  /// Prints the answer of the parser and ends the program: the version, a completion script, or a mistake.
  private static func leave(_ error: any Error) -> Never {
    let (status, text) = (exitCode(for: error), message(for: error))
    if status == .success {
      Terminal.result(text, exact: true)
    } else if status == .validationFailure {
      UsageMistake(text, Startup.arguments).tell()
    } else if !text.isEmpty {
      Terminal.error(text.printable)
    }
    Foundation.exit(status.rawValue)
  }

  /// Parses the command. Processes that were started together have the same command line, so only the first of them
  /// explains a mistake in it.
  private static func parsed() throws -> any ParsableCommand {
    do {
      // A first word with three dashes comes from a shell's completion script, not from a user.
      if Startup.arguments.first?.hasPrefix("---") != true {
        try CommandChoice(Startup.arguments).requireKnown()
      }
      return try parseAsRoot(Startup.arguments)
    } catch  where !Launch.isFirst {
      let status = (error as? InputError)?.kind.exitStatus ?? exitCode(for: error).rawValue
      throw AgreedError(line: "\(error)", status: status)
    }
  }
}

extension TextStyle.ColourChoice: ExpressibleByArgument {}
