import Basics
import Networks

/// A network with random numbers and batches, from which every device gets the same.
final class Problem {
  let graph: Graph
  private let objectives: [Objective]
  let batchSize: Int
  private let memory: MemoryMode
  private let seed: UInt64
  /// Images of all batches by input, `[batches · N, H, W, C]`.
  private let images: [(name: String, shape: Shape, buffer: AlignedBuffer<Float>)]
  private let targets: AlignedBuffer<Float>
  private let classes: Int

  /// - Parameters:
  ///   - batches: number of different batches.
  ///   - isSingle: whether each sample has one class, instead of a share of every class.
  ///   - memory: how training steps weigh memory against time, where a request does not say it.
  init(
    _ network: (graph: Graph, objectives: [Objective]), batches: Int = 1, isSingle: Bool = false,
    memory: MemoryMode = .balanced, seed: UInt64
  ) throws {
    (graph, objectives) = network
    (self.memory, self.seed) = (memory, seed)
    var random = RandomStream(seed: seed)
    let inputs = graph.inputs.sorted { $0.key < $1.key }
    batchSize = inputs[0].value.batch
    classes = graph[objectives[0].logits].shape.channels
    images = try inputs.map { name, shape in
      let buffer = try AlignedBuffer<Float>(count: batches * shape.count)
      for index in 0..<buffer.count { buffer.pointer[index] = Float(random.normal()) }
      return (name, shape, buffer)
    }
    targets = try AlignedBuffer(count: batches * batchSize * classes)
    for row in 0..<batches * batchSize {
      let chosen = random.integer(below: classes)
      let shares = (0..<classes).map { isSingle ? ($0 == chosen ? 1 : 0) : random.uniform() }
      let sum = shares.reduce(0, +)
      for (index, share) in shares.enumerated() {
        targets.pointer[row * classes + index] = Float(share / sum)
      }
    }
  }

  /// What a device is asked for.
  /// - Parameter memory: nil for the mode of the problem.
  func request(_ precision: Precision, rule: OptimizerRule, memory: MemoryMode? = nil) -> NetworkRequest {
    var request = NetworkRequest(of: graph)
    request.training = [batchSize: .init(graph, objectives)]
    request.inference = [batchSize: graph]
    request.rule = rule
    if !graph.frozen.isEmpty {
      request.updates = graph.parameters.indices.map {
        UpdatePolicy(isFrozen: graph.frozen.contains(ParameterID(index: $0)))
      }
    }
    request.precision = precision
    request.memory = memory ?? self.memory
    request.seed = seed
    return request
  }

  /// Sets parameters and statistics to random numbers of ordinary size.
  func fill(_ state: any NetworkState) throws {
    try state.initialise(seed: seed)
    var random = RandomStream(seed: seed, path: 1)
    for (index, parameter) in state.parameters.enumerated() {
      let centre: Double
      switch parameter.kind {
      case .convolutionWeight, .linearWeight: continue
      case .bias, .normShift, .classWeights: centre = 0
      case .normScale: centre = 1
      }
      let values = (0..<parameter.count).map { _ in Float(centre + 0.2 * random.normal()) }
      try state.set(.parameter(index), Tensor(shape: parameter.shape, values: values))
    }
    for (index, statistic) in state.statistics.enumerated() {
      let values = (0..<statistic.count).map { _ in
        Float(statistic.initialValue == 0 ? 0.3 * random.normal() : 0.5 + random.uniform())
      }
      try state.set(.statistic(index), Tensor(shape: [values.count], values: values))
    }
  }

  /// Calls `body` with a batch in the form that a device takes.
  func withBatch<Result>(
    _ number: Int = 0, in form: BatchForm, _ body: (NetworkBatch) throws -> Result
  ) rethrows -> Result {
    let inputs = images.map { name, shape, buffer in
      let first = buffer.pointer + number * shape.count
      let content: NetworkBatch.Images =
        switch form {
        case .floats: .floats(UnsafePointer(first))
        case .samples: .samples(RawSamples(floats: first, shape))
        }
      return (name: name, images: content)
    }
    let labels = UnsafePointer(targets.pointer + number * batchSize * classes)
    return try withExtendedLifetime(self) {
      try body(NetworkBatch(count: batchSize, inputs: inputs, targets: labels))
    }
  }

  /// Number of different batches.
  var batches: Int { targets.count / (batchSize * classes) }
}

extension RawSamples {
  /// Floats `[N, H, W, C]` as stored samples that normalise to themselves.
  fileprivate init(floats: UnsafeMutablePointer<Float>, _ shape: Shape) {
    let grid = Grid(
      floats, .float32, images: shape.batch, height: shape.height, width: shape.width, bands: shape.channels)
    self.init(
      grids: [grid], bands: (0..<shape.channels).map { Band(band: $0, mean: 0, deviation: 1) },
      size: (shape.height, shape.width), views: Array(repeating: .whole, count: shape.batch))
  }
}
