import Basics
import Checkpoints
import Foundation

/// A small checkpoint with everything that a real one has, and names that are difficult for file formats.
enum SampleCheckpoint {
  static let parameters: [(String, Tensor)] = [
    ("z.first.weight", tensor([2, 3, 1, 1], from: 0.5)),
    ("a.second.bias", tensor([4], from: -3)),
    ("scalar", Tensor(shape: [], values: [-0.0])),
    ("empty", Tensor(shape: [0, 5], values: [])),
    ("naïve name with spaces ✓", Tensor(shape: [2], values: [.infinity, .leastNonzeroMagnitude])),
    ("..", tensor([1], from: 7)),
  ]
  static let buffers: [(String, Tensor)] = [
    ("bn1.running_mean", tensor([3], from: 1)), ("bn1.running_var", tensor([3], from: 2)),
  ]
  static let counters = [Counter(name: "bn1.num_batches_tracked", value: 1 << 40)]

  static func tensor(_ shape: [Int], from start: Float) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor(shape: shape, values: (0..<count).map { start + Float($0) / 3 })
  }

  /// - Parameter epoch: the epoch of the checkpoint. It is in a tensor, too, so that states differ.
  static func make(epoch: Int = 3) -> Checkpoint<TensorSource> {
    let moments = parameters.map { TensorSource(name: $0.0, $0.1) }
    var own = parameters
    own[1].1.values[0] = Float(epoch)
    var checkpoint = Checkpoint(
      parameters: own.map { TensorSource(name: $0.0, $0.1) },
      buffers: buffers.map { TensorSource(name: $0.0, $0.1) }, counters: counters,
      optimizer: OptimizerState(
        kind: "adam", step: 1234,
        slots: [
          OptimizerSlot(name: "exp_avg", tensors: moments),
          OptimizerSlot(name: "exp_avg_sq", tensors: moments),
        ]),
      progress: TrainingProgress(
        epoch: epoch, stepInEpoch: 7, globalStep: 1234, position: 175, seed: .max - 1),
      experiment: "model: resnet101\n",
      metadata: ["bands": "[\"B2\",\"B3\"]", "Klasse ü": "", "long": String(repeating: "x", count: 100_000)])
    checkpoint.best = BestMetric(value: 0.1 + 0.2, epoch: 2)
    checkpoint.accumulators = ["loss": 1e300 / 3, "samples": 175]
    checkpoint.history = "[{\"epoch\":1}]"
    return checkpoint
  }

  /// All contents of a file, in a form that can be compared.
  static func digest(_ file: CheckpointFile) throws -> [String] {
    let contents = file.contents
    var lines = ["\(contents.progress) \(contents.counters) \(contents.experiment) \(contents.history)"]
    lines.append("\(String(describing: contents.best)) \(contents.optimizer?.kind ?? "-")")
    lines.append("\(contents.optimizer?.step ?? -1) \(contents.metadata.sorted { $0.key < $1.key })")
    lines.append("\(contents.accumulators.sorted { $0.key < $1.key }.map { ($0.key, $0.value.bitPattern) })")
    var groups: [(CheckpointSection, [TensorInfo])] = [
      (.parameters, contents.parameters), (.buffers, contents.buffers),
    ]
    for slot in contents.optimizer?.slots ?? [] { groups.append((.optimizerSlot(slot.name), slot.tensors)) }
    for (section, tensors) in groups {
      for info in tensors {
        let bits = try file.tensor(info.name, from: section).values.map(\.bitPattern)
        lines.append("\(section) \(info.name) \(info.shape) \(bits)")
      }
    }
    return lines
  }
}
