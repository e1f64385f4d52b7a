import Basics

/// What the environment says about how this process was started.
struct LaunchEnvironment: Equatable, Sendable {
  let launcher: Launcher
  /// The rank of this process among the processes that were started together; 0 if it is alone.
  let rank: Int
  /// Number of processes that were started together; nil if the launcher does not say.
  let size: Int?
  /// Number of tasks of the job, at least one on each node; 1 outside a job.
  let jobTasks: Int
  /// The variable with the address of a launcher that has ended; nil when there is none. Such a variable shows that the
  /// shell still has the environment of an earlier launch.
  let goneServer: String?

  /// - Throws: `InputError` (environment) for a variable that holds no number, or a number out of bounds.
  init(_ variables: [String: String]) throws {
    func count(_ names: String...) throws -> Int? {
      for name in names {
        let range = BoundedNumber.Bounds.ranks
        if let number = try BoundedNumber.variable(name, in: variables, range, "processes") { return number }
      }
      return nil
    }
    func number(_ name: String) throws -> Int? {
      try BoundedNumber.variable(name, in: variables, 0...BoundedNumber.Bounds.ranks.upperBound, "ranks")
    }
    jobTasks = max(try count("SLURM_NTASKS", "SLURM_NPROCS") ?? 1, try count("SLURM_JOB_NUM_NODES") ?? 1)
    // Slurm sets this variable for the processes of a step, but not for the script of a job.
    let stepTasks = try count("SLURM_STEP_NUM_TASKS")
    if let size = try count("OMPI_COMM_WORLD_SIZE") {
      (launcher, self.size, rank) = (.mpirun, size, try number("OMPI_COMM_WORLD_RANK") ?? 0)
    } else if let pmix = try number("PMIX_RANK") {
      (launcher, self.size, rank) = (.srun, stepTasks, pmix)
    } else if let size = try count("PMI_SIZE"), stepTasks == nil {
      (launcher, self.size, rank) = (.otherMPI, size, try number("PMI_RANK") ?? 0)
    } else if let stepTasks {
      (launcher, size, rank) = (.srunWithoutPMIx, stepTasks, try number("SLURM_PROCID") ?? 0)
    } else {
      (launcher, size, rank) = (.plain, 1, 0)
    }
    let server = launcher == .mpirun || launcher == .srun ? LaunchServer(variables) : nil
    goneServer = server.flatMap { $0.isGone ? $0.variable : nil }
  }

  /// Whether several processes were started that can find each other.
  var usesMPI: Bool { (launcher == .mpirun || launcher == .srun) && size != 1 }
}
