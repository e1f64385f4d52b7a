import Networks
import Tensors

/// A plan as text or JSON.
public struct PlanReport {
  private let plan: NetworkPlan
  private let times: TimeEstimate
  private let listsLayers: Bool

  /// - Parameters:
  ///   - times: of the plan on this machine.
  ///   - listsLayers: whether the text lists every layer instead of the parts of the network.
  public init(_ plan: NetworkPlan, times: TimeEstimate, listsLayers: Bool = false) {
    self.plan = plan
    self.times = times
    self.listsLayers = listsLayers
  }

  private var experiment: Experiment { plan.experiment }
  private var batch: Int { experiment.training.batchSize }

  public var text: String {
    [title, layers, arithmetic, kernels, memory, time].joined(separator: "\n")
  }

  private var title: String {
    let model = experiment.model
    return "\(shownName(experiment.name)): \(model.architecture.rawValue), fusion \(model.fusion.rawValue), "
      + "sensors \(model.sensors.map(\.rawValue).joined(separator: " and ")), "
      + "\(experiment.classScheme.classCount) classes\n"
      + "batches of \(batch) patches of \(plan.size) pixels, "
      + counted(plan.threads, "thread") + ", precision \(experiment.precision.rawValue), "
      + "memory \(experiment.memory.rawValue)\n"
  }

  private var layers: String {
    let rows = listsLayers ? plan.layers : plan.parts
    let cells = rows.map { row in
      [
        row.name, row.kind ?? "\(row.layers)", row.output.map(String.init).joined(separator: "×"),
        NumberText.grouped(row.parameters), Self.gigaflops(row.forwardFLOPs), NumberText.bytes(row.keptBytes),
      ]
    }
    return TextTable(
      columns: [
        listsLayers ? .init("layer", .left) : .init("part", .left),
        listsLayers ? .init("does", .left) : .init("layers", .right),
        .init("output N×H×W×C", .right), .init("parameters", .right), .init("GFLOPs forward", .right),
        .init("kept for backward", .right),
      ], rows: cells
    ).text
  }

  private var arithmetic: String {
    func row(_ title: String, _ flops: Int) -> [String] {
      [title, Self.gigaflops(flops / batch) + " GFLOPs an image", Self.gigaflops(flops) + " GFLOPs a batch"]
    }
    return TextTable(
      columns: [.init("", .left), .init("", .right), .init("", .right)],
      rows: [
        ["parameters", NumberText.grouped(plan.parameters), ""],
        row("forward pass", plan.forwardFLOPs), row("training step", plan.trainingFLOPs),
      ]
    ).text + "(2 for each multiplication and addition of convolutions and linear layers)\n"
  }

  private var memory: String {
    func row(_ title: String, _ part: (MemoryEstimate) -> Int) -> [String] {
      let estimates = MemoryMode.allCases.map { plan.trainingMemoryByMode[$0]! } + [plan.inferenceMemory]
      return [title] + estimates.map { NumberText.bytes(part($0)) }
    }
    let modes = MemoryMode.allCases.map { TextTable.Column("training, \($0.rawValue)", .right) }
    return TextTable(
      columns: [.init("peak memory", .left)] + modes + [.init("inference", .right)],
      rows: [
        row("activations and their gradients", \.arena), row("scratch of the threads", \.scratch),
        row("parameters, gradients, optimizer", \.parameters), row("batches read ahead", \.batches),
        row("program and libraries", \.runtime), row("total", \.total),
      ]
    ).text
  }

  private var kernels: String {
    let total = plan.kernelChoices.reduce(0) { $0 + $1.flops }
    func count(_ count: Int) -> String { count == 0 ? Figures.missing : "\(count)" }
    return TextTable(
      columns: [
        .init("kernels", .left), .init("computed by", .left), .init("forward", .right),
        .init("gradient of input", .right), .init("of weight", .right), .init("share of GFLOPs", .right),
      ],
      rows: plan.kernelChoices.map { choice in
        [
          choice.layer, choice.method, count(choice.forward), count(choice.inputGradient),
          count(choice.weightGradient), NumberText.percent(Double(choice.flops) / Double(total)),
        ]
      }
    ).text
  }

  private var time: String {
    func row(_ title: String, _ seconds: Double, _ batch: Int) -> [String] {
      [
        title, "\(batch)", NumberText.fixed(seconds, seconds < 0.1 ? 4 : 3),
        NumberText.rate(Double(batch) / seconds),
      ]
    }
    let machine = times.machine
    return TextTable(
      columns: [
        .init("predicted time", .left), .init("batch", .right), .init("seconds", .right),
        .init("patches/s", .right),
      ],
      rows: [
        row("training step", times.trainingStep, batch),
        row("evaluation", times.evaluation, experiment.evaluation.batchSize),
      ]
    ).text + "(for this machine as it is now and "
      + counted(machine.threads, "thread")
      + ", which were measured: peak \(NumberText.fixed(machine.peakFLOPS / 1e9, 0)) GFLOP/s, products "
      + "\(NumberText.fixed(machine.productFLOPS / 1e9, 0)), copies "
      + "\(NumberText.fixed(machine.copyBytesPerSecond / 1e9, 0)) GB/s; without waiting for data)\n"
  }

  private static func gigaflops(_ count: Int) -> String {
    let value = Double(count) / 1e9
    return NumberText.fixed(value, value == 0 || value >= 0.1 ? 1 : 4)
  }

  /// Everything in one document; layers and parts both.
  public var json: String {
    get throws {
      let document = Document(
        name: experiment.name, architecture: experiment.model.architecture.rawValue,
        fusion: experiment.model.fusion.rawValue, sensors: experiment.model.sensors.map(\.rawValue),
        precision: experiment.precision.rawValue,
        height: plan.size.height, width: plan.size.width, batchSize: batch,
        evaluationBatchSize: experiment.evaluation.batchSize, threads: plan.threads,
        parameters: plan.parameters, forwardFLOPs: plan.forwardFLOPs, trainingFLOPs: plan.trainingFLOPs,
        parts: plan.parts, layers: plan.layers, kernels: plan.kernelChoices.map(Kernel.init),
        time: .init(times), memory: experiment.memory.rawValue, trainingMemory: .init(plan.trainingMemory),
        trainingMemoryByMode: .init(
          uniqueKeysWithValues: plan.trainingMemoryByMode.map { ($0.key.rawValue, .init($0.value)) }),
        inferenceMemory: .init(plan.inferenceMemory))
      return String(decoding: try ReportJSON.encode(document), as: UTF8.self)
    }
  }

  private struct Document: Encodable {
    let name, architecture, fusion: String
    let sensors: [String]
    let precision: String
    let height, width, batchSize, evaluationBatchSize, threads, parameters, forwardFLOPs, trainingFLOPs: Int
    let parts, layers: [NetworkPlan.Row]
    let kernels: [Kernel]
    let time: Time
    let memory: String
    let trainingMemory: Memory
    let trainingMemoryByMode: [String: Memory]
    let inferenceMemory: Memory

    enum CodingKeys: String, CodingKey {
      case name, architecture, fusion, sensors, precision, height, width, threads, parameters, parts, layers
      case kernels, time, memory
      case batchSize = "batch_size"
      case evaluationBatchSize = "evaluation_batch_size"
      case forwardFLOPs = "forward_flops"
      case trainingFLOPs = "training_flops"
      case trainingMemory = "training_memory"
      case trainingMemoryByMode = "training_memory_by_mode"
      case inferenceMemory = "inference_memory"
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

  /// Seconds predicted for this machine, and the rates behind them.
  private struct Time: Encodable {
    let threads: Int
    let trainingStep, evaluation, peakFLOPS, productFLOPS, copyBytesPerSecond: Double

    init(_ times: TimeEstimate) {
      threads = times.machine.threads
      (trainingStep, evaluation) = (times.trainingStep, times.evaluation)
      (peakFLOPS, productFLOPS) = (times.machine.peakFLOPS, times.machine.productFLOPS)
      copyBytesPerSecond = times.machine.copyBytesPerSecond
    }

    enum CodingKeys: String, CodingKey {
      case threads
      case trainingStep = "training_step_seconds"
      case evaluation = "evaluation_seconds"
      case peakFLOPS = "peak_flops_per_second"
      case productFLOPS = "product_flops_per_second"
      case copyBytesPerSecond = "copy_bytes_per_second"
    }
  }

  /// Bytes.
  private struct Memory: Encodable {
    let arena, scratch, parameters, batches, runtime, total: Int

    init(_ memory: MemoryEstimate) {
      (arena, scratch, parameters) = (memory.arena, memory.scratch, memory.parameters)
      (batches, runtime, total) = (memory.batches, memory.runtime, memory.total)
    }
  }
}
