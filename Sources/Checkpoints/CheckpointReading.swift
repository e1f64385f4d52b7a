import Basics
import HDF5Storage

/// Reads a checkpoint except the elements of its tensors, and notes the places of these.
struct CheckpointReading {
  private typealias Layout = CheckpointLayout

  /// The largest number of epochs, steps or samples: more than any run has, and few enough for sums in 64 bits.
  private static let countLimit: Int64 = 1 << 48

  /// The place of each tensor, by section and name, from which `CheckpointFile` reads its elements on demand.
  private(set) var tensors: [CheckpointSection: [String: HDF5DataSet]] = [:]
  private let file: HDF5Reader

  init(_ file: HDF5Reader) { self.file = file }

  /// The version of the file's layout.
  func schemaVersion() throws(HDF5Damage) -> Int {
    let version: Int64 = try file.root.attribute(Layout.schemaVersion)
    guard (1...Int64(FileSeal.schema)).contains(version) else {
      throw HDF5Damage("it has schema version \(version), its first block says another")
    }
    return Int(version)
  }

  /// Reads all but the elements of the tensors. To be called once.
  mutating func contents() throws -> Checkpoint<TensorInfo> {
    let (parameters, strays) = try members(of: Layout.parameters, in: file.root, as: .parameters)
    guard strays.isEmpty else {
      throw HDF5Damage("the parameter '\(shownName(strays[0].name))' is an integer")
    }
    let (buffers, counters) = try members(of: Layout.buffers, in: file.root, as: .buffers)
    if let twice = buffers.first(where: { tensors[.parameters]?[$0.name] != nil }) {
      throw HDF5Damage("'\(shownName(twice.name))' is both a parameter and a buffer")
    }
    var contents = Checkpoint(
      parameters: parameters, buffers: buffers, counters: counters, optimizer: try optimizer(),
      progress: try progress(), experiment: try file.text(Layout.experiment, in: file.root))
    contents.history = try file.text(Layout.history, in: file.root)
    if file.root.has(Layout.best) {
      let place = try file.group(Layout.best, in: file.root)
      contents.best = BestMetric(
        value: try place.attribute(Layout.value), epoch: try count(Layout.epoch, of: place))
    }
    let sums = try file.group(Layout.accumulators, in: file.root)
    for name in sums.names { contents.accumulators[name] = try file.number(name, in: sums) }
    let entries = try file.group(Layout.metadata, in: file.root)
    for key in entries.names { contents.metadata[key] = try file.text(key, in: entries) }
    return contents
  }

  private mutating func optimizer() throws -> OptimizerState<TensorInfo>? {
    guard file.root.has(Layout.optimizer) else { return nil }
    let place = try file.group(Layout.optimizer, in: file.root)
    let slots = try file.group(Layout.slots, in: place)
    return OptimizerState(
      kind: try file.text(Layout.optimizerKind, in: place), step: try count(Layout.optimizerStep, of: place),
      slots: try slots.names.map { name in
        let (tensors, strays) = try members(of: name, in: slots, as: .optimizerSlot(name))
        guard strays.isEmpty else {
          throw HDF5Damage("'\(shownName(strays[0].name))' in the optimizer is an integer")
        }
        return OptimizerSlot(name: name, tensors: tensors)
      }, lossScale: try lossScale(of: place))
  }

  private func lossScale(of optimizer: HDF5Reader.Place) throws -> (scale: Double, goodSteps: Int)? {
    guard optimizer.hasAttribute(Layout.lossScale) else { return nil }
    let scale: Double = try optimizer.attribute(Layout.lossScale)
    guard scale >= 0, scale <= Double(Float.greatestFiniteMagnitude) else {
      throw HDF5Damage("'\(optimizer.name)' gives \(Layout.lossScale) as \(scale)")
    }
    return (scale, try count(Layout.goodSteps, of: optimizer))
  }

  private func progress() throws -> TrainingProgress {
    let place = try file.group(Layout.progress, in: file.root)
    return TrainingProgress(
      epoch: try count(Layout.epoch, of: place), stepInEpoch: try count(Layout.stepInEpoch, of: place),
      globalStep: try count(Layout.globalStep, of: place), position: try count(Layout.position, of: place),
      seed: try place.attribute(Layout.seed))
  }

  /// An attribute that counts something.
  private func count(_ name: String, of place: HDF5Reader.Place) throws(HDF5Damage) -> Int {
    let value: Int64 = try place.attribute(name)
    guard (0...Self.countLimit).contains(value) else {
      throw HDF5Damage("'\(place.name)' gives \(name) as \(value)")
    }
    return Int(value)
  }

  /// The float tensors and the counters of a group.
  private mutating func members(
    of name: String, in place: HDF5Reader.Place, as section: CheckpointSection
  ) throws -> (tensors: [TensorInfo], counters: [Counter]) {
    let group = try file.group(name, in: place)
    var infos: [TensorInfo] = []
    var counters: [Counter] = []
    var sets: [String: HDF5DataSet] = [:]
    for name in group.names {
      let set = try file.dataSet(name, in: group)
      if set.type == .float32 {
        infos.append(TensorInfo(name: name, shape: set.shape))
        sets[name] = set
      } else {
        counters.append(Counter(name: name, value: try file.number(set, named: name)))
      }
    }
    tensors[section] = sets
    return (infos, counters)
  }
}
