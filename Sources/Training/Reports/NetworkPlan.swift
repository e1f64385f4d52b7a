import Basics
import Cluster
import Experiments
import Networks
import Presentation

/// The layers, arithmetic and peak memory of an experiment, known before any data are read.
package struct NetworkPlan: Sendable {
  /// A layer, or a part of the network with several layers.
  package struct Row: Equatable, Encodable, Sendable {
    package let name: String
    /// What the layer does; nil for a part.
    package let kind: String?
    /// Number of layers with parameters.
    package let layers: Int
    /// Output shape `[N, H, W, C]` of the last layer.
    package let output: [Int]
    package let parameters: Int
    /// Floating-point operations of a batch, see `LayerCost`.
    package let forwardFLOPs: Int
    package let trainingFLOPs: Int
    /// Bytes kept from the forward to the backward pass.
    package let keptBytes: Int

    enum CodingKeys: String, CodingKey {
      case name, kind, layers, output, parameters
      case forwardFLOPs = "forward_flops"
      case trainingFLOPs = "training_flops"
      case keptBytes = "kept_bytes"
    }
  }

  package let experiment: Experiment
  /// Height and width of the images in pixels, after cropping.
  package let size: PatchSize
  /// Height and width of the patches as they are stored.
  private let fileSize: PatchSize
  package let threads: Int
  package let layers: [Row]
  /// The layers grouped by the parts of the network.
  package let parts: [Row]
  /// Number of trained parameters, and of elements of running statistics.
  package let parameters, statistics: Int
  /// Peak memory of a training in each memory mode.
  package let trainingMemoryByMode: [MemoryMode: MemoryEstimate]
  package let inferenceMemory: MemoryEstimate
  /// How convolutions and linear layers are computed in a training step.
  package let kernelChoices: [KernelChoice]
  /// Bytes that each layer of a training step copies because channels are not stacked in place.
  let copiedBytes: [String: Int]
  /// Plan of the device for a training in each memory mode.
  let training: [MemoryMode: ExecutionPlan]
  /// The accelerator that computes or is planned for; nil for the CPU.
  let accelerator: Accelerator?

  private let device: any Device

  /// An accelerator and its memory.
  struct Accelerator: Sendable {
    /// The name by which it is chosen: "cuda:0", "h100".
    let name: String
    /// "NVIDIA H100 80GB HBM3".
    let model: String
    let memory: AcceleratorMemory
  }

  /// Peak memory of a training in the memory mode of the experiment.
  package var trainingMemory: MemoryEstimate { trainingMemoryByMode[experiment.memory]! }

  /// Floating-point operations of a training batch, in the memory mode of the experiment.
  package var forwardFLOPs: Int { layers.reduce(0) { $0 + $1.forwardFLOPs } }
  package var trainingFLOPs: Int { layers.reduce(0) { $0 + $1.trainingFLOPs } }

  /// - Parameter fileSize: height and width of the patches, which the experiment may crop.
  /// - Parameter device: a device with the experiment's precision; nil for the one that the experiment names.
  /// - Throws: `InputError` (usage) for a crop that does not fit, for a batch of more than 2⁴⁰ pixels, and for an
  ///   absent device.
  package init(_ experiment: Experiment, fileSize: PatchSize, on device: (any Device)? = nil) throws {
    let size = try experiment.trainingAugmentation.outputSize(of: fileSize)
    let batch = experiment.training.batchSize
    try experiment.requireBoundedBatches(of: size)
    self.experiment = experiment
    (self.size, self.fileSize) = (size, fileSize)
    let device = try device ?? Devices().device(for: experiment)
    threads = device.threads
    let network = experiment.network
    let forward = network.graph(batch: batch, height: size.height, width: size.width)
    var requests: [MemoryMode: NetworkRequest] = [:]
    for mode in MemoryMode.allCases {
      var other = experiment
      other.memory = mode
      requests[mode] = other.largestRequest(size, from: fileSize, trains: true)
    }
    training = try requests.mapValues(device.plan)
    let plan = training[experiment.memory]!
    kernelChoices = plan.kernelChoices
    copiedBytes = plan.copiedBytes
    let costs = LayerCost.layers(of: forward, training: plan.step!, kept: plan.keptBytes)
    layers = costs.map { Row($0.name, kind: $0.kind, [$0]) }
    var order: [String] = []
    let members = Dictionary(grouping: costs) { network.part(ofLayer: $0.name) }
    for part in costs.map({ network.part(ofLayer: $0.name) }) where !order.contains(part) {
      order.append(part)
    }
    parts = order.map { Row($0, kind: nil, members[$0]!) }
    parameters = forward.parameterCount
    statistics = forward.statistics.reduce(0) { $0 + $1.count }
    trainingMemoryByMode = Dictionary(
      uniqueKeysWithValues: requests.map { [training] mode, request in
        (mode, MemoryEstimate(experiment, size: size, request, training[mode]!))
      })
    inferenceMemory = try MemoryEstimate(
      experiment, size: size, from: fileSize, training: false, on: device)
    self.device = device
    accelerator = try device.memory().map {
      Accelerator(name: device.name, model: device.model ?? device.name, memory: $0)
    }
  }

  /// The largest batch, of training and evaluation, that fits into the memory of the accelerator in the memory mode of
  /// the experiment.
  /// - Returns: nil if no batch fits, and for the CPU.
  /// - Throws: `InputError` (environment) when the device cannot run the network.
  package func largestBatch() throws -> Int? {
    guard let accelerator else { return nil }
    return try LargestBatch(room: accelerator.memory.usable, near: experiment.training.batchSize) { batch in
      var other = experiment
      (other.training.batchSize, other.evaluation.batchSize) = (batch, batch)
      return try MemoryEstimate(other, size: size, from: fileSize, on: device).accelerator?.total ?? 0
    }.batch
  }

  /// One line where two stages of a branch or more see a single pixel, which larger patches or a smaller stem prevent; nil
  /// elsewhere. Classifiers, and what follows the last of them, have one pixel in every network.
  package var sizeNote: String? {
    guard experiment.model.stem == .sevenBySeven else { return nil }
    func isClassifier(_ part: Row) -> Bool { part.name.hasSuffix("classifier") }
    let stages = parts[..<(parts.lastIndex(where: isClassifier) ?? parts.endIndex)]
    let small = stages.filter { !isClassifier($0) && $0.output[1] * $0.output[2] == 1 }.map(\.name)
    func branch(_ part: String) -> Substring { part.prefix(upTo: part.lastIndex(of: ".") ?? part.startIndex) }
    let branches = Dictionary(grouping: small, by: branch)
    guard let found = small.lazy.compactMap({ branches[branch($0)] }).first(where: { $0.count > 1 }),
      let last = found.last
    else { return nil }
    return "patches of \(size) pixels have shrunk to one pixel after \(found[0]), and \(last) sees no more; "
      + (experiment.model.architecture.hasStems
        ? "model.stem: 3x3 keeps four times the height and width"
        : "larger patches, or a ResNet with model.stem: 3x3, keep more")
  }

  /// One line for each memory limit of this process that a training would exceed.
  package var limitNotes: [String] {
    let least = trainingMemory.withoutCopy.total
    return MemoryBound.current.filter { $0.limit < least }.map {
      "a training takes \(NumberText.bytes(least)), but \($0.source.name) allows "
        + "\(NumberText.bytes($0.limit)) here; \($0.source.remedy)"
    }
  }
}

extension NetworkPlan.Row {
  fileprivate init(_ name: String, kind: String?, _ costs: [LayerCost]) {
    let output = costs.last!.output
    self.init(
      name: name, kind: kind, layers: costs.count { $0.parameters > 0 },
      output: [output.batch, output.height, output.width, output.channels],
      parameters: costs.reduce(0) { $0 + $1.parameters },
      forwardFLOPs: costs.reduce(0) { $0 + $1.forwardFLOPs },
      trainingFLOPs: costs.reduce(0) { $0 + $1.trainingFLOPs },
      keptBytes: costs.reduce(0) { $0 + $1.keptBytes })
  }
}
