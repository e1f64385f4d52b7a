/// What started this process.
package enum Launcher: Equatable, Sendable {
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
