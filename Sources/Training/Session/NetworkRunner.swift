import Architectures
import Basics
import Experiments
import Imagery
import Networks

/// The network of an experiment on a device, with a program for every batch size that will occur.
///
/// Shapes are static, so a smaller last batch of an epoch has a program of its own. Batch norms then see exactly the
/// samples of the batch, and a prediction does not depend on the batch in which it was computed.
package final class NetworkRunner {
  package let network: FusionNetwork
  package let loss: Loss
  /// The network on its device.
  package let executor: any Executor
  /// Parameters, running statistics and optimizer state of the network.
  package var state: any NetworkState { executor.state }
  /// Names of the training losses: one, or one for each branch of separately trained late fusion.
  package let objectives: [String]
  /// Number of samples of the largest batches; nil where there is no such batch.
  package let largestTraining, largestInference: Int?
  /// Threads that compute.
  package var threads: Int { device.threads }
  let device: any Device

  /// The result of a training step on this rank.
  package struct Result {
    /// Means over the samples, one for each objective.
    package let losses: [Double]
    /// Logits `[N, K]` of the forward pass.
    package let logits: [Float]
    /// Seconds for which the device had nothing to do before the step, see `StepResult`.
    let idleSeconds: Double?
  }

  /// The batch sizes that occur when `samples` samples are divided into batches.
  package static func batchSizes(samples: Int, batchSize: Int) -> Set<Int> {
    var sizes: Set<Int> = samples >= batchSize ? [batchSize] : []
    if samples % batchSize != 0 { sizes.insert(samples % batchSize) }
    return sizes
  }

  /// - Parameters:
  ///   - request: request for the batch sizes of training and evaluation, see `Experiment.request`.
  ///   - ranks: connects the ranks that train together.
  /// - Throws: `InputError`: environment when there is too little memory; usage when a training batch is so
  ///   small that a batch norm has one value a channel.
  package init(
    _ experiment: Experiment, _ request: NetworkRequest, on device: any Device,
    ranks: any Communicator = OneProcess()
  ) throws {
    network = experiment.network
    loss = experiment.loss
    self.device = device
    objectives = request.objectives
    (largestTraining, largestInference) = (request.training.keys.max(), request.inference.keys.max())
    try Self.requireStatistics(request, experiment.model.stem)
    executor = try device.executor(request, ranks: ranks)
  }

  /// Checks that batch norms have at least two values a channel: the unbiased variance of one value is 0 / 0.
  private static func requireStatistics(_ request: NetworkRequest, _ stem: Stem) throws {
    guard let step = request.training.min(by: { $0.key < $1.key }) else { return }
    let samples = request.fewestStatistics ?? step.key
    let norms = step.value.graph.values.filter {
      if case .batchNorm(let norm) = $0.operation { !norm.isFrozen } else { false }
    }
    guard let pixels = norms.map(\.shape.pixels).min(), pixels * samples == 1 else { return }
    let size = step.value.graph.inputs.values.first!
    throw InputError(
      .usage, "training.batch_size",
      "an epoch would have a batch of one patch, and at \(size.height)×\(size.width) pixels that leaves batch norms one "
        + "value a channel",
      remedy: "choose another batch size of at least 2, or training.drop_last: true"
        + (stem == .sevenBySeven ? ", or model.stem: 3x3" : ""))
  }

  /// Forward and backward pass of a batch and, if the request has a rule, the update of the parameters.
  /// - Returns: the result that is complete now, of this batch or of the previous one; nil for none, see
  ///   `Executor.train`.
  package func train(_ batch: Batch, _ step: StepNumbers) throws -> Result? {
    try executor.train(networkBatch(batch, targets: batch.targets.pointer), step).map(result)
  }

  /// The form in which batches must be read for the device.
  package var batchForm: BatchOptions.Form { device.batchForm == .samples ? .raw : .floats }

  /// Waits for the last step.
  /// - Returns: the step's result if `train` has not returned it.
  package func finish() throws -> Result? { try executor.finish().map(result) }

  /// Logits `[N, K]` of a batch.
  package func predict(_ batch: Batch) throws -> [Float] { try predictWithShares(batch).logits }

  /// Logits `[N, K]` of a batch, and what the network took of each sensor, see `FusionNetwork.sensorShares`.
  func predictWithShares(_ batch: Batch) throws -> (logits: [Float], shares: [Float]) {
    let outputs = try executor.predict(networkBatch(batch))
    return (logits(outputs), network.sensorShares(of: outputs, images: batch.count))
  }

  private func networkBatch(_ batch: Batch, targets: UnsafePointer<Float>? = nil) -> NetworkBatch {
    NetworkBatch(
      count: batch.count,
      inputs: batch.inputs.map { input in
        switch device.batchForm {
        case .floats: return (input.name, .floats(UnsafePointer(batch.images(input).pointer)))
        case .samples: return (input.name, .samples(RawSamples(batch, input)))
        }
      }, targets: targets)
  }

  private func result(_ result: StepResult) -> Result {
    Result(
      losses: Array(result.losses), logits: logits(result.outputs), idleSeconds: result.idleSeconds)
  }

  /// The logits of the network. Separately trained branches have logits of their own; their mean is the prediction.
  private func logits(_ outputs: [String: UnsafeBufferPointer<Float>]) -> [Float] {
    if let logits = outputs[FusionNetwork.logits] { return Array(logits) }
    let branches = network.sensors.map { outputs["\(FusionNetwork.logits).\($0.name)"]! }
    return branches[0].indices.map { i in
      branches.reduce(0) { $0 + $1[i] } / Float(branches.count)
    }
  }
}
