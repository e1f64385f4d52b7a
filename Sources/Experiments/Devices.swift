import Basics
import CPUEngine
import CUDAEngine
import Cluster
import Foundation
import Networks
import Presentation

/// The devices of this program. This is the only file of the toolkit that imports an engine.
package struct Devices: Sendable {
  /// The kernels of the CPU by name, as `--kernels` says; `auto` means the fastest.
  package var kernels = "auto"
  /// Where NVIDIA's libraries are looked for, and which GPUs the process sees.
  package var environment = ProcessInfo.processInfo.environment
  /// Number of ranks that compute together.
  package var ranks = Launch.ranks

  package init(kernels: String = "auto") { self.kernels = kernels }

  /// Makes the device that an experiment names.
  ///
  /// `auto` takes a GPU where one works for the experiment. Otherwise it takes the CPU, and the device's notes say why
  /// a GPU that is there does not compute.
  /// - Parameter ownsProcess: whether this device alone computes in the process. Threads are pinned only then.
  /// - Throws: `InputError`: usage for a device or kernels that this machine lacks, or a precision that they lack;
  ///   environment for a GPU that cannot be used, or when `SLURM_CPUS_PER_TASK` is not a number of cores.
  package func device(for experiment: Experiment, ownsProcess: Bool = true) throws -> any Device {
    switch try experiment.deviceChoice {
    case .cpu: return try cpu(for: experiment, ownsProcess)
    case .cuda(let number):
      guard kernels == "auto" else {
        throw InputError(
          .usage, "--kernels \(kernels)",
          "names kernels of the CPU, but device \(experiment.device) is a GPU",
          remedy: "leave out --kernels, or choose --device cpu")
      }
      return try gpu(number, for: experiment)
    case .auto:
      guard kernels == "auto", hasGPU else { return try cpu(for: experiment, ownsProcess) }
      do { return try gpu(nil, for: experiment) } catch let error as InputError {
        let note = "the GPU of this machine does not compute: \(error.subject): \(error.problem)"
        return try cpu(for: experiment, ownsProcess, notes: [note])
      }
    }
  }

  private func cpu(for experiment: Experiment, _ ownsProcess: Bool, notes: [String] = []) throws -> CPUDevice
  {
    let path = try KernelPath(named: kernels)
    let cores = try UsableCores.current().count
    let threads = try experiment.threadCount
    // A pool on all cores of the affinity mask is pinned. A pool on some of them is not, since other ranks of a job may
    // share the mask.
    let device = CPUDevice(
      threads: threads, cores: cores, isPinned: ownsProcess && threads == ThreadPool.maskCores, kernels: path,
      notes: notes)
    try device.require(experiment.precision)
    return device
  }

  /// - Parameter number: number of the GPU; nil for the first that can be opened.
  private func gpu(_ number: Int?, for experiment: Experiment) throws -> CUDADevice {
    guard ranks == 1 else {
      throw InputError(
        .usage, "device", "a GPU trains in one process, but \(ranks) were started",
        remedy: "start one process, or choose device cpu (--device cpu)")
    }
    let device = try CUDADevice.open(number, environment)
    try device.require(experiment.precision)
    return device
  }

  /// Models of GPUs for which networks can be planned without one, by name.
  package static let models = GPUModel.all.map(\.name)

  /// A model of GPU, which plans networks and computes nothing; nil for a name that is not one of `models`.
  /// - Throws: `InputError` (usage) for a precision that the model lacks.
  package func forecast(named name: String, for experiment: Experiment) throws -> (any Device)? {
    guard let model = GPUModel.named(name) else { return nil }
    let device = GPUForecast(model, environment)
    try device.require(experiment.precision)
    return device
  }

  /// Whether there is a GPU that a user would expect to compute: the driver shows one, or should, or the job has one.
  private var hasGPU: Bool { (CUDADevice.isVisible(environment) ?? Self.hasNVIDIAGPU) || jobHasGPU }

  /// Whether Slurm has given the job a GPU that the user does not hide.
  private var jobHasGPU: Bool {
    environment["SLURM_JOB_GPUS"]?.isEmpty == false && environment["CUDA_VISIBLE_DEVICES"] != ""
  }

  /// The libraries that compute, with versions: "OpenBLAS 0.3.21".
  package static var libraries: [String] { [BLASLibrary.version] }

  /// The instructions with which the processor computes, for `doctor`.
  package static var processor: String {
    KernelPath.avx512.isAvailable
      ? "AVX-512" + (Precision.processorHasBF16 ? " and its bfloat16" : "")
      : "no AVX-512, so OpenBLAS computes"
  }
}

/// A line of `doctor` about GPUs.
package struct GPULine: Equatable, Sendable {
  package enum Meaning: Sendable {
    /// What is there.
    case fact
    /// What a run on the GPU would fail of.
    case fault
    /// What may make it slower.
    case note
  }

  package let meaning: Meaning
  package let text: String
  /// What helps; nil for a fact.
  package let remedy: String?
}

extension Devices {
  /// What a run on an NVIDIA GPU would meet on this machine. Each GPU is opened for a moment.
  package static func gpuLines(_ environment: [String: String] = ProcessInfo.processInfo.environment)
    -> [GPULine]
  {
    let report = GPUReport(environment)
    let facts = report.gpus.map(text) + report.libraries.map(\.text)
    guard report.hasDriver || hasNVIDIAGPU else {
      let none = "no NVIDIA GPU: runs compute on the CPU"
      return ([none] + facts).map { GPULine(meaning: .fact, text: $0, remedy: nil) }
    }
    var lines = facts.map { GPULine(meaning: .fact, text: $0, remedy: nil) }
    if let cache = report.cache, cache.count > 0 {
      let text = "\(counted(cache.count, "compiled kernel file")) in \(cache.folder)"
      lines.append(GPULine(meaning: .fact, text: text, remedy: nil))
    }
    if report.hasDriver, report.gpus.isEmpty, report.faults.isEmpty {
      let variable = environment["CUDA_VISIBLE_DEVICES"]
      let hidden = variable.map { " (CUDA_VISIBLE_DEVICES is '\(shownName($0))')" } ?? ""
      lines.append(
        GPULine(
          meaning: .fault, text: "the driver shows no GPU to this process" + hidden,
          remedy: (variable == nil ? "" : "correct CUDA_VISIBLE_DEVICES, ")
            + "ask Slurm for a GPU (--gres=gpu:1), or compute on the CPU: --device cpu"))
    }
    lines += (report.faults + report.gpus.flatMap(\.faults)).map {
      GPULine(meaning: .fault, text: "\($0.subject): \($0.problem)", remedy: $0.remedy)
    }
    lines += report.gpus.filter { 2 * ($0.free ?? $0.facts.bytes) < $0.facts.bytes }.map {
      GPULine(
        meaning: .note, text: "cuda:\($0.facts.number): other processes use more than half of its memory",
        remedy: "wait for those processes (nvidia-smi), or choose another GPU (--device cuda:N)")
    }
    if let fault = report.cacheFault {
      let text = "compiled kernels cannot be kept: \(fault.subject): \(fault.problem)"
      lines.append(GPULine(meaning: .note, text: text, remedy: fault.remedy))
    }
    return lines
  }

  /// Compiles the kernels for NVIDIA GPUs in advance, so that no run waits for the compiler. It needs no GPU.
  /// - Parameters:
  ///   - architectures: numbers, 90 for sm_90; empty for the GPUs of this machine, or where there is none for common ones.
  ///   - report: called with a line after each architecture.
  /// - Returns: a line that says where the kernels are, and in how many files.
  /// - Throws: `InputError` (environment) when the compiler is missing or fails, or the kernels cannot be kept.
  package static func prepareKernels(for architectures: [Int], report: (String) -> Void) throws -> String {
    let prepared = try KernelPreparation(for: architectures) { step in
      report(
        "\(step.architecture): \(counted(step.compiled, "file")) of kernels compiled"
          + (step.present > 0 ? ", \(step.present) there before" : ""))
    }
    let architectures = prepared.steps.map(\.architecture).joined(separator: ", ")
    let files = counted(prepared.steps.reduce(0) { $0 + $1.compiled + $1.present }, "file")
    return "kernels for \(architectures) are in \(prepared.folder.printable) (\(files))"
  }

  /// Whether the system has NVIDIA's devices, with or without their driver's library.
  private static var hasNVIDIAGPU: Bool {
    if case .present = PathState.of("/proc/driver/nvidia/version") { true } else { false }
  }

  /// "cuda:0: NVIDIA H100 80GB HBM3 (sm_90, 132 multiprocessors, PCI 0000:19:00.0), 85.0 GB, 84.4 GB of it free".
  private static func text(_ gpu: GPUReport.GPU) -> String {
    let facts = gpu.facts
    let free = gpu.free.map { ", \(NumberText.bytes($0)) of it free" } ?? ""
    let part = facts.isPart ? ", a part of a GPU by MIG" : ""
    let mode =
      switch facts.mode {
      case .shared: ""
      case .exclusive: ", for one process at a time"
      case .prohibited: ", closed to all processes"
      }
    return "cuda:\(facts.number): \(facts.name) (\(facts.architecture), "
      + "\(counted(facts.multiprocessors, "multiprocessor")), PCI \(facts.busID)), "
      + "\(NumberText.bytes(facts.bytes))\(free)\(part)\(mode)"
  }
}
