import Basics

/// Finds launches that would not do what the user expects.
struct LaunchChecks {
  /// Makes a bash forget the variables of an earlier launch.
  private static let forget = "unset ${!OMPI_@} ${!PMIX_@} ${!PMI_@}"

  let environment: LaunchEnvironment
  /// The command of the user, for messages.
  let command: String

  init(_ environment: LaunchEnvironment, command: String) {
    self.environment = environment
    self.command = command
  }

  /// Checks what the environment alone tells, before processes meet.
  /// - Throws: `InputError` (environment).
  func before() throws {
    let tasks = environment.jobTasks
    if let variable = environment.goneServer, environment.usesMPI {
      throw error(
        variable,
        "the launcher that it names has ended: the variables OMPI_* and PMIX_* were left by an earlier launch",
        "forget them (in bash: \(Self.forget)), then start again")
    }
    switch environment.launcher {
    case .plain where tasks > 1:
      throw error(
        "SLURM_NTASKS",
        "the job has \(tasks) tasks, but this process was started without srun and would work alone",
        "start all with: srun --mpi=pmix \(command); or one alone with: srun --ntasks=1 \(command)")
    case .mpirun where environment.size == 1 && tasks > 1:
      throw error(
        "SLURM_NTASKS", "the job has \(tasks) tasks, but mpirun started one process",
        "start all with: mpirun -n \(tasks) \(command); or one alone with: srun --ntasks=1 \(command)")
    case .srunWithoutPMIx where environment.size! > 1:
      throw error(
        "SLURM_NTASKS",
        "srun started \(environment.size!) processes that cannot find each other: each would work alone",
        "start with: srun --mpi=pmix \(command)")
    case .otherMPI where environment.size! > 1:
      throw error(
        "PMI_SIZE",
        "the launcher of another MPI started \(environment.size!) processes: each would work alone",
        "start with OpenMPI's: mpirun -n \(environment.size!) \(command); or, if no launcher started this process, "
          + "forget what another left (in bash: \(Self.forget))")
    default: break
    }
  }

  /// Checks what the processes found when they looked for each other.
  /// - Parameter size: number of processes that found each other.
  /// - Throws: `InputError` (environment).
  func after(size: Int) throws {
    let started = environment.size ?? environment.jobTasks
    guard size == 1, started > 1 else { return }
    switch environment.launcher {
    case .mpirun:
      throw error(
        "OMPI_COMM_WORLD_SIZE",
        "\(started) processes were started, but each is alone: mpirun belongs to another MPI library than this program",
        "start with the mpirun of this program's library, or with: srun --mpi=pmix \(command); or, "
          + "if no launcher started this process, forget what another left (in bash: \(Self.forget))")
    default:
      throw error(
        "srun",
        "\(started) processes were started, but each is alone: Slurm's PMIx and the MPI library differ",
        "start inside the allocation with: mpirun \(command)")
    }
  }

  /// The error of a program that was built without MPI and is one of several processes.
  var withoutMPI: InputError {
    error(
      "MPI",
      "this program was built without it, but \(environment.size ?? environment.jobTasks) processes were started",
      "build with it: swift build -c release; or start one process")
  }

  private func error(_ subject: String, _ problem: String, _ remedy: String) -> InputError {
    InputError(.environment, subject, problem, remedy: remedy)
  }
}
