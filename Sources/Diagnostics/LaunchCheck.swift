import Basics
import Cluster
import Foundation
import Presentation

/// Checks whether several ranks find each other: the ranks of this launch, or the ranks of a trial.
struct LaunchCheck {
  private let ranks: Ranks?
  private let name = Doctor.Check.launch.rawValue
  private let command = "fusionctl train …"

  init(_ ranks: Ranks?) { self.ranks = ranks }

  var findings: [Finding] {
    if let ranks, ranks.size > 1 { return [meeting(ranks)] }
    guard MPILibrary.version != nil else {
      return [Finding(name, Launch.jobTasks > 1 ? .problem : .note, "this program was built without MPI")]
    }
    let refusal = Launch.refusal(of: command)
    // A job script runs without srun. There the refusal is a note that says how to start a training.
    if let refusal, Launch.launcher != .plain || Launch.jobTasks == 1 {
      return [Finding(name, .problem, "\(refusal.subject): \(refusal.problem)", remedy: refusal.remedy)]
    }
    return trials + (refusal.map { [start($0)] } ?? [])
  }

  /// Times sums among the ranks. Every rank calls it.
  private func meeting(_ ranks: Ranks) -> Finding {
    func seconds(_ count: Int, repeats: Int) -> Double {
      var values = [Float](repeating: 1, count: count)
      return (0..<repeats).map { _ in
        ranks.communicator.barrier("a trial")
        let begin = ContinuousClock.now
        values.withUnsafeMutableBufferPointer { ranks.communicator.sum($0, "a trial") }
        return (ContinuousClock.now - begin) / .seconds(1)
      }.min()!
    }
    let (small, large) = (seconds(1, repeats: 50), seconds(1 << 20, repeats: 5))
    let nodes = Set(ranks.hosts).count
    return Finding(
      name, .ok,
      "\(ranks.size) ranks on \(counted(nodes, "node")) found each other; a sum takes "
        + "\(NumberText.fixed(small * 1e6, 0)) µs, a sum of 4 MB \(NumberText.fixed(large * 1e3, 1)) ms")
  }

  /// The note for a process of a job that was started without srun, such as a job script.
  private func start(_ refusal: InputError) -> Finding {
    Finding(name, .note, "\(refusal.subject): \(refusal.problem)", remedy: refusal.remedy)
  }

  private var trials: [Finding] {
    let inJob = ProcessInfo.processInfo.environment["SLURM_JOB_ID"] != nil
    if inJob && Launch.jobTasks == 1 {
      return [Finding(name, .ok, "a job of one task needs no launcher")]
    }
    let tasks = max(2, Launch.jobTasks)
    let all = [
      inJob
        ? LaunchTrial("srun", ["--mpi=pmix", "--overlap", "--kill-on-bad-exit=1", "--ntasks=\(tasks)"]) : nil,
      LaunchTrial(
        "mpirun", ["--bind-to", "none", "-n", "\(tasks)"] + (inJob ? [] : ["--oversubscribe"])),
    ].compactMap { $0 }
    let outcomes = all.map { ($0, $0.run()) }
    let works = outcomes.contains { if case .works = $0.1 { true } else { false } }
    // A run of one process needs no launcher, and a job needs only one launcher that works.
    let level: Finding.Level = inJob && !works ? .problem : .note
    return outcomes.map { trial, outcome in
      switch outcome {
      case .works(let text): Finding(name, .ok, "\(trial.name): \(text)")
      case .absent:
        Finding(
          name, level, "\(trial.name): not found, it starts runs of several ranks",
          remedy: "install openmpi-bin, or load the module that has OpenMPI")
      case .fails(let reason):
        Finding(name, level, "\(trial.name): \(reason)", remedy: trial.remedy)
      }
    }
  }
}
