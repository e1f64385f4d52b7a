import ArgumentParser
import Cluster
import Foundation
import Tensors
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
      76 another rank was lost: run again to continue from the last checkpoint.
      """,
    version: ProgramVersion.current,
    groupedSubcommands: [
      CommandGroup(
        name: "Experiment",
        subcommands: [TrainCommand.self, ValidateCommand.self, TestCommand.self, CompareCommand.self]),
      CommandGroup(
        name: "Preparation",
        subcommands: [
          DatasetCommand.self, PlanCommand.self, DoctorCommand.self, SlurmCommand.self, BenchCommand.self,
          StatsCommand.self,
          SynthCommand.self, KeysCommand.self,
        ]),
      CommandGroup(
        name: "Model file", subcommands: [InspectCommand.self, ExportCommand.self, ImportCommand.self]),
    ])

  /// Runs the command line; every error of ours becomes one line and an exit status.
  static func main() {
    do {
      try Startup.prepare()
      var command = try parsed()
      try command.run()
    } catch let error as AgreedError {
      Foundation.exit(error.status)
    } catch let error as InputError {
      Terminal.error(error.description)
      Foundation.exit(error.kind.exitStatus)
    } catch {
      exit(withError: error)
    }
  }

  /// The command. Processes that were started together have the same command line: one of them explains it.
  private static func parsed() throws -> any ParsableCommand {
    do {
      try checkCommandName()
      return try parseAsRoot(Startup.arguments)
    } catch  where !Launch.isFirst {
      let status = (error as? InputError)?.kind.exitStatus ?? exitCode(for: error).rawValue
      throw AgreedError(line: "\(error)", status: status)
    }
  }

  /// Refuses an unknown command by its name; the parser would complain of the flags behind it.
  private static func checkCommandName() throws {
    guard let name = Startup.arguments.first, !name.hasPrefix("-") else { return }
    // Closures, not key paths: Swift 6.3 crashes on key paths of metatypes.
    let known = configuration.groupedSubcommands.flatMap { $0.subcommands }
      .compactMap { $0.configuration.commandName }
    guard !known.contains(name), name != "help" else { return }
    throw InputError(
      .usage, name, "there is no such command",
      remedy: Spelling.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
        ?? "see 'fusionctl --help'")
  }
}
