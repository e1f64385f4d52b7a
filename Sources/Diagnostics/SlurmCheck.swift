import Basics
import Cluster
import Foundation
import Presentation

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
      + devices + malformed
  }

  /// Variables that hold a count.
  private static let counts = [
    "SLURM_JOB_NUM_NODES", "SLURM_NTASKS", "SLURM_CPUS_PER_TASK", "SLURM_MEM_PER_NODE", "SLURM_MEM_PER_CPU",
    "SLURM_RESTART_COUNT",
  ]

  private func number(_ variable: String) -> Int? {
    variables[variable].flatMap { BoundedNumber.whole($0, in: 0...1 << 36) }
  }

  private var malformed: [Finding] {
    Self.counts.filter { variables[$0] != nil && number($0) == nil }.map {
      Finding(
        name, .problem, "\($0) is '\(shownName(variables[$0]!))', which is no number", remedy: "unset it")
    }
  }

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

  /// The ranks and threads that the variables give a training.
  private var meaning: [Finding] {
    guard let tasks else { return [] }
    let threads = number("SLURM_CPUS_PER_TASK").map { ", each of at most \(counted($0, "thread"))" } ?? ""
    return [
      Finding(name, .ok, "SLURM_NTASKS and SLURM_CPUS_PER_TASK make \(counted(tasks, "rank"))\(threads)")
    ]
  }

  private var end: Finding {
    let end: Double?
    do {
      end = try BoundedNumber.dateVariable("SLURM_JOB_END_TIME", in: variables)
    } catch {
      return Finding(name, .problem, "\(error)")
    }
    guard let end else {
      return Finding(
        name, .ok, "SLURM_JOB_END_TIME is not set: a run asks Slurm (scontrol, squeue) when the job ends")
    }
    let left = end - Date.now.timeIntervalSince1970
    guard left > 0 else {
      return Finding(
        name, .note, "SLURM_JOB_END_TIME is past: a run ignores it and asks Slurm when the job ends")
    }
    return Finding(
      name, .ok,
      "the job ends in \(NumberText.duration(left)): a run saves before that and leaves with status "
        + "\(ExitStatus.stopped)"
    )
  }

  private var restarts: [Finding] {
    guard let count = number("SLURM_RESTART_COUNT"), count > 0 else { return [] }
    return [
      Finding(
        name, .note, count == 1 ? "the job was requeued once" : "the job was requeued \(count) times",
        remedy: "look into the log for what ended the job before")
    ]
  }

  private var launching: [Finding] {
    guard tasks ?? 1 > 1, variables["SLURM_CPUS_PER_TASK"] == nil else { return [] }
    return [
      Finding(
        name, .note, "SLURM_CPUS_PER_TASK is not set: the ranks of a node divide the cores that they may use",
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
    // Slurm sets CUDA_VISIBLE_DEVICES to NoDevFiles for a job without GPUs on a node that has some.
    guard let devices = variables["SLURM_JOB_GPUS"] ?? variables["CUDA_VISIBLE_DEVICES"], !devices.isEmpty,
      devices != "NoDevFiles"
    else { return [] }
    let count = devices.split(separator: ",").count
    let part = count == 1 ? "the GPU \(shownName(devices)) is" : "the GPUs \(shownName(devices)) are"
    guard tasks ?? 1 == 1 else {
      return [
        Finding(
          name, .note, "\(part) part of the job, but several ranks compute on CPUs",
          remedy: "start one rank, or leave --gres out")
      ]
    }
    guard count == 1 else {
      return [
        Finding(
          name, .note, "\(part) part of the job, but a run computes on one of them",
          remedy: "ask for one: --gres=gpu:1")
      ]
    }
    return [Finding(name, .ok, "\(part) part of the job")]
  }
}
