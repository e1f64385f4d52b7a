import Architectures
import Basics
import CPUEngine
import Imagery
import Networks

/// A network ready to run: its numbers, and programs for every batch size that will occur, all on one
/// workspace.
///
/// Shapes are static, so an epoch whose last batch is smaller has a program for it: batch norms see exactly
/// the samples that are there, and a result does not depend on the batch it was computed in.
package final class NetworkRunner {
  package let network: FusionNetwork
  package let store: ParameterStore
  package let pool: ThreadPool
  package let loss: Loss
  private let training: [Int: CPUExecutor]
  private let inference: [Int: CPUExecutor]

  /// The batch sizes that `samples` samples make.
  package static func batchSizes(samples: Int, batchSize: Int, dropLast: Bool = false) -> Set<Int> {
    var sizes: Set<Int> = samples >= batchSize ? [batchSize] : []
    if !dropLast, samples % batchSize != 0 { sizes.insert(samples % batchSize) }
    return sizes
  }

  /// - Parameters:
  ///   - size: height and width of the images.
  ///   - trainingSizes, inferenceSizes: batch sizes to be prepared for; in training those of this rank.
  ///   - fewestStatistics: samples that the statistics of a training step come from at least, if those of
  ///     several ranks are taken together; nil for the smallest of the training sizes.
  ///   - seed: of dropout.
  ///   - kernels: a path that the processor has.
  ///   - precision: one that the path has.
  ///   - memory: memory against time in training.
  /// - Throws: `InputError`: environment when there is too little memory; usage when a training batch is so
  ///   small that a batch norm has one value a channel.
  package init(
    _ network: FusionNetwork, store: ParameterStore? = nil, size: PatchSize, loss: Loss,
    trainingSizes: Set<Int>, inferenceSizes: Set<Int>, fewestStatistics: Int? = nil, pool: ThreadPool,
    seed: UInt64, kernels: KernelPath = .auto, precision: Precision = .fp32, memory: MemoryMode = .balanced
  ) throws {
    self.network = network
    self.pool = pool
    self.loss = loss
    if let smallest = fewestStatistics ?? trainingSizes.min() {
      try Self.requireStatistics(network, smallest, size)
    }
    let trainingPrograms = trainingSizes.sorted().map { batch in
      network.trainingProgram(
        batch: batch, height: size.height, width: size.width, loss: loss, kernels: kernels,
        precision: precision, memory: memory)
    }
    let inferencePrograms = inferenceSizes.sorted().map { batch in
      network.graph(batch: batch, height: size.height, width: size.width)
        .loweredForCPU(.inference, kernels: kernels, precision: precision)
    }
    let programs = trainingPrograms + inferencePrograms
    let workspace = try CPUWorkspace(for: programs, threads: pool.threads)
    let store =
      try store ?? ParameterStore(for: network.graph(batch: 1, height: size.height, width: size.width))
    self.store = store
    func executors(_ programs: [CPUProgram], _ sizes: Set<Int>) throws -> [Int: CPUExecutor] {
      try Dictionary(
        uniqueKeysWithValues: zip(sizes.sorted(), programs).map {
          ($0, try CPUExecutor($1, store: store, pool: pool, workspace: workspace, seed: seed))
        })
    }
    training = try executors(trainingPrograms, trainingSizes)
    inference = try executors(inferencePrograms, inferenceSizes)
  }

  /// The variance of one value is 0, and its unbiased estimate 0 / 0.
  private static func requireStatistics(_ network: FusionNetwork, _ batch: Int, _ size: PatchSize) throws {
    let graph = network.graph(batch: batch, height: size.height, width: size.width)
    let smallest = graph.values.filter {
      if case .batchNorm = $0.operation { true } else { false }
    }.map(\.shape.rows).min()
    guard smallest == 1 else { return }
    throw InputError(
      .usage, "training.batch_size",
      "an epoch would have a batch of one patch, and at \(size) pixels that leaves batch norms one value a channel",
      remedy: "choose another batch size of at least 2, or training.drop_last: true")
  }

  /// Forward and backward pass of a batch: the losses, and the logits `[N, K]` of the forward pass.
  ///
  /// - Parameters:
  ///   - optimizer: updates the parameters, except from losses or logits that are not finite; see
  ///     `CPUExecutor.run`. Without one the gradients are left in the store, unless memory is to be low.
  ///   - ranks: those that train on the other samples of the step; nil to train alone. Losses and logits are
  ///     those of this batch.
  package func train(
    _ batch: Batch, step: Int, updating optimizer: Optimizer? = nil,
    reducing ranks: (any RankReduction)? = nil
  ) -> (losses: [Double], logits: [Float]) {
    let executor = bound(training, batch)
    executor.bind(Graph.targets, to: batch.targets.pointer)
    executor.run(step: step, updating: optimizer, reducing: ranks)
    return (Array(executor.lossValues), logits(executor, batch))
  }

  /// Names of the training losses: one, or one for each branch of separately trained late fusion.
  package var objectives: [String] { training.values.first?.program.objectives ?? [] }

  /// The programs of the largest batches, and how many patches those have; nil where there are none.
  var largestTraining: (batch: Int, program: CPUProgram)? { Self.largest(training) }
  var largestInference: (batch: Int, program: CPUProgram)? { Self.largest(inference) }

  private static func largest(_ executors: [Int: CPUExecutor]) -> (batch: Int, program: CPUProgram)? {
    executors.max { $0.key < $1.key }.map { ($0.key, $0.value.program) }
  }

  /// Logits `[N, K]` of a batch.
  package func predict(_ batch: Batch) -> [Float] {
    let executor = bound(inference, batch)
    executor.run()
    return Array(executor.output(FusionNetwork.logits))
  }

  private func bound(_ executors: [Int: CPUExecutor], _ batch: Batch) -> CPUExecutor {
    guard let executor = executors[batch.count] else {
      preconditionFailure("no program was made for a batch of \(batch.count)")
    }
    for input in batch.inputs { executor.bind(input.name, to: batch.images(input).pointer) }
    return executor
  }

  /// Separately trained branches have logits of their own; together they predict by the mean.
  private func logits(_ executor: CPUExecutor, _ batch: Batch) -> [Float] {
    if executor.program.outputNames.contains(FusionNetwork.logits) {
      return Array(executor.output(FusionNetwork.logits))
    }
    let branches = network.sensors.map { executor.output("\(FusionNetwork.logits).\($0.name)") }
    return branches[0].indices.map { i in
      branches.reduce(0) { $0 + $1[i] } / Float(branches.count)
    }
  }
}
