import Foundation
import Tensors

/// How the ranks of a run find each other.
public enum Launch {
  /// Whether this process is the one to speak for those that were started with it.
  public static var isFirst: Bool { environment.rank == 0 }

  /// What started this process.
  public static var launcher: Launcher { environment.launcher }

  /// Tasks of the job that this process belongs to, 1 outside a job.
  public static var jobTasks: Int { environment.jobTasks }

  /// Why a training that is started as this process was would be refused; nil if it would not.
  public static func refusal(of command: String) -> InputError? {
    do { try LaunchChecks(environment, command: command).before() } catch { return error as? InputError }
    return nil
  }

  static var environment: LaunchEnvironment { LaunchEnvironment(ProcessInfo.processInfo.environment) }

  /// The command that this process runs, as a user would repeat it: "fusionctl train …".
  static var command: String {
    let words = CommandLine.arguments
    let name = words.first.map { URL(filePath: $0).lastPathComponent } ?? "fusionctl"
    return ([name] + words.dropFirst().prefix(1) + ["…"]).joined(separator: " ")
  }

  /// Meets the other processes of the launch, if there are any.
  /// - Throws: for a wrong launch, before anything was done: `InputError` (environment) on the first process,
  ///   a silent `AgreedError` on the others.
  static func start() throws -> Ranks {
    let environment = environment
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
      guard environment.rank > 0 else { throw error }
      throw AgreedError(error)
    }
  }
}
