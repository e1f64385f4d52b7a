/// The part of a checkpoint that a tensor belongs to.
package enum CheckpointSection: Hashable, Sendable {
  case parameters
  case buffers
  /// A slot of the optimizer, such as "exp_avg".
  case optimizerSlot(String)
}

/// The names inside a checkpoint file:
///
///     /                       attribute schema_version
///     /parameters/NAME        float32, PyTorch's names and layouts
///     /buffers/NAME           float32; counters are one int64
///     /optimizer              attribute step; in float16 also loss_scale, good_steps; absent after an import
///     /optimizer/kind         text
///     /optimizer/slots/SLOT/NAME
///     /progress               attributes epoch, step_in_epoch, global_step, position, seed
///     /best                   attributes value, epoch; absent before the first validation
///     /accumulators/NAME      float64
///     /experiment, /history   texts
///     /metadata/KEY           texts
enum CheckpointLayout {
  static let schemaVersion = "schema_version"
  static let parameters = "parameters"
  static let buffers = "buffers"
  static let optimizer = "optimizer"
  static let optimizerKind = "kind"
  static let optimizerStep = "step"
  static let lossScale = "loss_scale"
  static let goodSteps = "good_steps"
  static let slots = "slots"
  static let progress = "progress"
  static let epoch = "epoch"
  static let stepInEpoch = "step_in_epoch"
  static let globalStep = "global_step"
  static let position = "position"
  static let seed = "seed"
  static let best = "best"
  static let value = "value"
  static let accumulators = "accumulators"
  static let experiment = "experiment"
  static let history = "history"
  static let metadata = "metadata"
}
