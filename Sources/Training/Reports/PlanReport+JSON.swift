import Networks
import Presentation

/// A plan as JSON.
extension PlanReport {
  /// One document with all of the plan, with layers as well as parts.
  package var json: String {
    get throws {
      let joins = experiment.model.fusion == .middle || experiment.model.fusion == .late
      let document = Document(
        name: experiment.name, architecture: experiment.model.architecture.rawValue,
        stem: experiment.model.stem.rawValue, head: experiment.model.chosenHead.rawValue,
        fusion: experiment.model.fusion.rawValue, join: joins ? experiment.model.join.rawValue : nil,
        fusionStages: experiment.model.fusion == .middle ? experiment.model.fusionStages : nil,
        sensors: experiment.model.sensors.map(\.text),
        precision: experiment.precision.rawValue,
        height: plan.size.height, width: plan.size.width, batchSize: batch,
        evaluationBatchSize: experiment.evaluation.batchSize, threads: plan.threads,
        parameters: plan.parameters, forwardFLOPs: plan.forwardFLOPs, trainingFLOPs: plan.trainingFLOPs,
        parts: plan.parts, layers: plan.layers, kernels: plan.kernelChoices.map(Kernel.init),
        copiedBytes: plan.copiedBytes,
        device: plan.accelerator.map { Accelerator($0, fits: plan.fits, largestBatch: largestBatch) },
        time: times.map { Time($0, run) }, memory: experiment.memory.rawValue,
        trainingMemory: .init(plan.trainingMemory),
        trainingMemoryByMode: .init(
          uniqueKeysWithValues: plan.trainingMemoryByMode.map { ($0.key.rawValue, .init($0.value)) }),
        inferenceMemory: .init(plan.inferenceMemory), checkpointBytes: plan.checkpointBytes, data: data)
      return String(decoding: try ReportJSON.encode(document), as: UTF8.self)
    }
  }

  private struct Document: Encodable {
    let name, architecture, stem, head, fusion: String
    /// How middle and late fusion join the sensors, and behind which stages middle fusion does; nil elsewhere.
    let join: String?
    let fusionStages: [Int]?
    let sensors: [String]
    let precision: String
    let height, width, batchSize, evaluationBatchSize, threads, parameters, forwardFLOPs, trainingFLOPs: Int
    let parts, layers: [NetworkPlan.Row]
    let kernels: [Kernel]
    /// By layer; see `ExecutionPlan.copiedBytes`.
    let copiedBytes: [String: Int]
    /// nil for the CPU.
    let device: Accelerator?
    /// nil where the device cannot predict times.
    let time: Time?
    let memory: String
    let trainingMemory: Memory
    let trainingMemoryByMode: [String: Memory]
    let inferenceMemory: Memory
    let checkpointBytes: Int
    /// nil where no data are named.
    let data: DataCost?

    enum CodingKeys: String, CodingKey {
      case name, architecture, stem, head, fusion, join, sensors, precision, height, width, threads,
        parameters, parts,
        layers
      case kernels, device, time, memory, data
      case batchSize = "batch_size"
      case fusionStages = "fusion_stages"
      case copiedBytes = "copied_bytes"
      case evaluationBatchSize = "evaluation_batch_size"
      case forwardFLOPs = "forward_flops"
      case trainingFLOPs = "training_flops"
      case trainingMemory = "training_memory"
      case trainingMemoryByMode = "training_memory_by_mode"
      case inferenceMemory = "inference_memory"
      case checkpointBytes = "checkpoint_bytes"
    }
  }

  private struct Kernel: Encodable {
    let layer, method: String
    let forward, inputGradient, weightGradient, flops: Int

    init(_ choice: KernelChoice) {
      (layer, method, flops) = (choice.layer, choice.method, choice.flops)
      (forward, inputGradient) = (choice.forward, choice.inputGradient)
      weightGradient = choice.weightGradient
    }

    enum CodingKeys: String, CodingKey {
      case layer, method, forward, flops
      case inputGradient = "input_gradient"
      case weightGradient = "weight_gradient"
    }
  }

  /// Seconds predicted for this machine, and the measured rates that they follow from.
  private struct Time: Encodable {
    let threads: Int
    let trainingStep, evaluation, peakFLOPS, productFLOPS, copyBytesPerSecond: Double
    let trainingStepByMode: [String: Double]
    /// nil where the number of patches is not known.
    let patches: Patches?
    let run: Run?
    let runByMode: [String: Run]?

    init(_ times: TimeEstimate, _ run: PlannedRun) {
      threads = times.machine.threads
      (trainingStep, evaluation) = (times.trainingSteps[run.memory]!, times.evaluation)
      (peakFLOPS, productFLOPS) = (times.machine.peakFLOPS, times.machine.productFLOPS)
      copyBytesPerSecond = times.machine.copyBytesPerSecond
      trainingStepByMode = .init(
        uniqueKeysWithValues: times.trainingSteps.map { ($0.key.rawValue, $0.value) })
      patches = run.patches.map(Patches.init)
      self.run = run.times[run.memory].map(Run.init)
      runByMode =
        run.patches.map { _ in .init(uniqueKeysWithValues: run.times.map { ($0.key.rawValue, Run($0.value)) })
        }
    }

    enum CodingKeys: String, CodingKey {
      case threads, patches, run
      case trainingStep = "training_step_seconds"
      case evaluation = "evaluation_seconds"
      case trainingStepByMode = "training_step_seconds_by_mode"
      case runByMode = "run_by_mode"
      case peakFLOPS = "peak_flops_per_second"
      case productFLOPS = "product_flops_per_second"
      case copyBytesPerSecond = "copy_bytes_per_second"
    }
  }

  private struct Patches: Encodable {
    let training, validation: Int
    let test: Int?

    init(_ counts: PatchCounts) {
      (training, validation, test) = (counts.training, counts.validation, counts.test)
    }
  }

  /// Seconds of the epochs of a run, without waiting for data.
  private struct Run: Encodable {
    let epochs: Int
    let trainingSeconds, validationSeconds, epochSeconds, runSeconds: Double
    let testSeconds: Double?

    init(_ time: RunTime) {
      (epochs, trainingSeconds, validationSeconds) = (time.epochs, time.training, time.validation)
      (epochSeconds, runSeconds, testSeconds) = (time.epoch, time.run, time.test)
    }

    enum CodingKeys: String, CodingKey {
      case epochs
      case trainingSeconds = "training_seconds"
      case validationSeconds = "validation_seconds"
      case epochSeconds = "epoch_seconds"
      case runSeconds = "run_seconds"
      case testSeconds = "test_seconds"
    }
  }

  /// The accelerator, with bytes of its memory.
  private struct Accelerator: Encodable {
    let name, model: String
    let memory, freeMemory: Int
    let isForecast: Bool
    /// The library that planned the workspaces of a forecast; nil where they are not counted.
    let workspacesPlannedBy: String?
    let fits: Bool
    let largestBatch: Int?

    init(_ accelerator: NetworkPlan.Accelerator, fits: Bool, largestBatch: Int?) {
      (name, model) = (accelerator.name, accelerator.model)
      (memory, freeMemory) = (accelerator.memory.total, accelerator.memory.usable)
      isForecast = accelerator.memory.forecast != nil
      workspacesPlannedBy =
        if case .planned(let library) = accelerator.memory.forecast { library } else { nil }
      (self.fits, self.largestBatch) = (fits, largestBatch)
    }

    enum CodingKeys: String, CodingKey {
      case name, model, memory, fits
      case freeMemory = "free_memory"
      case isForecast = "is_forecast"
      case workspacesPlannedBy = "workspaces_planned_by"
      case largestBatch = "largest_batch"
    }
  }

  /// Peak memory in bytes.
  private struct Memory: Encodable {
    let arena, scratch, parameters, batches, runtime, total: Int
    /// nil for the CPU.
    let device: OnDevice?

    init(_ memory: MemoryEstimate) {
      (arena, scratch, parameters) = (memory.arena, memory.scratch, memory.parameters)
      (batches, runtime, total) = (memory.batches, memory.runtime, memory.total)
      device = memory.accelerator.map(OnDevice.init)
    }
  }

  /// Memory of the accelerator in bytes.
  private struct OnDevice: Encodable {
    let activations, transfers, scratch, parameters, total: Int

    init(_ memory: MemoryEstimate.OnAccelerator) {
      (activations, transfers, scratch) = (memory.activations, memory.transfers, memory.scratch)
      (parameters, total) = (memory.parameters, memory.total)
    }
  }
}
