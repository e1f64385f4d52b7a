import Cluster
import Foundation
import Tensors

/// What Slurm's variables mean for a run.
struct SlurmCheck {
  private let variables: [String: String]
  private let name = "slurm"

  init(_ variables: [String: String]) { self.variables = variables }

  var findings: [Finding] {
    guard let job = variables["SLURM_JOB_ID"] else {
      return [Finding(name, .ok, "not inside a job: everything is decided by this machine and the flags")]
    }
    return [Finding(name, .ok, "job \(job): \(size)")] + meaning + [end] + restarts + launching + environment
      + devices
  }

  private func number(_ variable: String) -> Int? { variables[variable].flatMap(Int.init) }

  private var size: String {
    var parts = [
      number("SLURM_JOB_NUM_NODES").map { counted($0, "node") }, tasks.map { counted($0, "task") },
      number("SLURM_CPUS_PER_TASK").map { "\(counted($0, "core")) a task" },
    ].compactMap { $0 }
    if let memory = number("SLURM_MEM_PER_NODE") {
      parts.append("\(NumberText.bytes(memory << 20)) a node")
    } else if let memory = number("SLURM_MEM_PER_CPU") {
      parts.append("\(NumberText.bytes(memory << 20)) a core")
    }
    return parts.joined(separator: ", ")
  }

  private var tasks: Int? { number("SLURM_NTASKS") }

  /// What a training makes of it.
  private var meaning: [Finding] {
    guard let tasks else { return [] }
    let threads = number("SLURM_CPUS_PER_TASK").map { ", each of at most \(counted($0, "thread"))" } ?? ""
    return [
      Finding(name, .ok, "SLURM_NTASKS and SLURM_CPUS_PER_TASK make \(counted(tasks, "rank"))\(threads)")
    ]
  }

  private var end: Finding {
    guard let end = number("SLURM_JOB_END_TIME") else {
      return Finding(
        name, .ok, "SLURM_JOB_END_TIME is not set: a run asks Slurm (scontrol, squeue) when the job ends")
    }
    let left = Double(end) - Date.now.timeIntervalSince1970
    return Finding(
      name, .ok,
      "ends in \(NumberText.duration(max(0, left))): a run saves before and leaves with status \(ExitStatus.stopped)"
    )
  }

  private var restarts: [Finding] {
    guard let count = number("SLURM_RESTART_COUNT"), count > 0 else { return [] }
    return [
      Finding(
        name, .note, count == 1 ? "was requeued once" : "was requeued \(count) times",
        remedy: "look into the log for what ended it before")
    ]
  }

  private var launching: [Finding] {
    guard tasks ?? 1 > 1, variables["SLURM_CPUS_PER_TASK"] == nil else { return [] }
    return [
      Finding(
        name, .note, "cores a task are not set: the ranks of a node divide what they may use",
        remedy: "submit with --cpus-per-task, and give it to srun again")
    ]
  }

  private var environment: [Finding] {
    guard variables["SLURM_EXPORT_ENV"] == "NONE" else { return [] }
    let spread = (number("SLURM_JOB_NUM_NODES") ?? 1) > 1
    return [
      Finding(
        name, spread ? .problem : .note,
        "SLURM_EXPORT_ENV=NONE: ranks that are started by mpirun or srun get no environment",
        remedy: "export SLURM_EXPORT_ENV=ALL")
    ]
  }

  private var devices: [Finding] {
    guard let devices = variables["SLURM_JOB_GPUS"] ?? variables["CUDA_VISIBLE_DEVICES"], !devices.isEmpty
    else {
      return []
    }
    return [
      Finding(
        name, .note, "GPUs \(devices) are part of the job, but this version computes on processors",
        remedy: "leave --gres out")
    ]
  }
}
