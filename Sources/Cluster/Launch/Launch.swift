import Basics
import Foundation

/// How the ranks of a run find each other.
package enum Launch {
  /// Whether this process prints the errors that all processes of a launch have in common. A process prints them too
  /// when its environment makes no sense or comes from a launch that has ended.
  package static var isFirst: Bool { known.map { $0.rank == 0 || $0.goneServer != nil } ?? true }

  /// What started this process; a shell where the environment makes no sense.
  package static var launcher: Launcher { known?.launcher ?? .plain }

  /// Number of tasks of the job that this process belongs to; 1 outside a job.
  package static var jobTasks: Int { known?.jobTasks ?? 1 }

  /// Number of processes that were started to compute together; 1 for a process alone.
  package static var ranks: Int { known.map { $0.usesMPI ? $0.size ?? 1 : 1 } ?? 1 }

  /// The environment of the launch; nil where it makes no sense. `start` and `refusal` say why.
  private static var known: LaunchEnvironment? { try? environment }

  /// The error that would refuse `command` if it were started as this process was; nil if it would start.
  package static func refusal(of command: String) -> InputError? {
    do {
      try LaunchChecks(environment, command: command).before()
      return nil
    } catch let error as InputError {
      return error
    } catch {
      preconditionFailure("checks of a launch throw errors of input: \(error)")
    }
  }

  static var environment: LaunchEnvironment {
    get throws { try LaunchEnvironment(ProcessInfo.processInfo.environment) }
  }

  /// The command that this process runs, as a user would repeat it: "fusionctl train …".
  static var command: String {
    let words = CommandLine.arguments
    let name = words.first.map { URL(filePath: $0).lastPathComponent } ?? "fusionctl"
    return ([name] + words.dropFirst().prefix(1) + ["…"]).joined(separator: " ")
  }

  /// Connects to the other processes of the launch, if there are any.
  /// - Throws: for a wrong launch, before any work is done: `InputError` (environment) on the first process, an
  ///   `AgreedError` that prints nothing on the others.
  static func start() throws -> Ranks {
    let environment = try environment
    let checks = LaunchChecks(environment, command: command)
    do {
      try checks.before()
      guard environment.usesMPI else { return Ranks(Alone(), environment.launcher) }
      #if MPI
        let world = MPIWorld.start()
        do { try checks.after(size: world.communicator.size) } catch {
          world.leave()
          throw error
        }
        guard world.communicator.size > 1 else {
          world.leave()
          return Ranks(Alone(), environment.launcher)
        }
        return Ranks(world, environment.launcher)
      #else
        throw checks.withoutMPI
      #endif
    } catch let error as InputError {
      guard environment.rank > 0, environment.goneServer == nil else { throw error }
      throw AgreedError(error)
    }
  }
}

/// What started this process.
package enum Launcher: Equatable, Sendable {
  /// A shell.
  case plain
  /// OpenMPI's `mpirun`.
  case mpirun
  /// Slurm's `srun --mpi=pmix`.
  case srun
  /// `srun` with another `--mpi` type, or none, so that processes cannot find each other.
  case srunWithoutPMIx
  /// The launcher of another MPI.
  case otherMPI
}
