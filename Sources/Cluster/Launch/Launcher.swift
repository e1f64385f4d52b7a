/// What started this process.
public enum Launcher: Equatable, Sendable {
  /// A shell.
  case plain
  /// OpenMPI's `mpirun`.
  case mpirun
  /// Slurm's `srun --mpi=pmix`.
  case srun
  /// `srun` with another or no way to find the other processes.
  case srunWithoutPMIx
  /// The launcher of another MPI.
  case otherMPI
}

/// What the environment says about how this process was started.
struct LaunchEnvironment: Equatable, Sendable {
  let launcher: Launcher
  /// Number of this process among those that were started together, 0 if it is alone.
  let rank: Int
  /// Processes that were started together; nil if the launcher does not say.
  let size: Int?
  /// Tasks of the job that the process belongs to, at least one a node; 1 outside a job.
  let jobTasks: Int

  init(_ variables: [String: String]) {
    func number(_ names: String...) -> Int? {
      names.lazy.compactMap { variables[$0].flatMap(Int.init) }.first
    }
    jobTasks = max(number("SLURM_NTASKS", "SLURM_NPROCS") ?? 1, number("SLURM_JOB_NUM_NODES") ?? 1)
    // Set for the processes of a step only: the script of a job has none.
    let stepTasks = number("SLURM_STEP_NUM_TASKS")
    if let size = number("OMPI_COMM_WORLD_SIZE") {
      (launcher, self.size, rank) = (.mpirun, size, number("OMPI_COMM_WORLD_RANK") ?? 0)
    } else if let pmix = number("PMIX_RANK") {
      (launcher, self.size, rank) = (.srun, stepTasks, pmix)
    } else if let size = number("PMI_SIZE"), stepTasks == nil {
      (launcher, self.size, rank) = (.otherMPI, size, number("PMI_RANK") ?? 0)
    } else if let stepTasks {
      (launcher, size, rank) = (.srunWithoutPMIx, stepTasks, number("SLURM_PROCID") ?? 0)
    } else {
      (launcher, size, rank) = (.plain, 1, 0)
    }
  }

  /// Whether processes were started that can find each other.
  var usesMPI: Bool { (launcher == .mpirun || launcher == .srun) && size != 1 }
}
