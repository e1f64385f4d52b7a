import Basics
import CHDF5
import HDF5Storage

extension Checkpoint<TensorSource> {
  /// Writes the checkpoint atomically and durably, asking each tensor for its elements once, one at a time.
  ///
  /// - Parameter previous: when given, the file that was at `path` keeps this name.
  /// - Throws: `InputError` (environment) naming the path and the system's reason; the old file is kept.
  package func write(
    to path: String, keepingOldAs previous: String? = nil, files: FileSystem = .system
  ) throws {
    let scratch = try TensorScratch(
      for: parameters + buffers + (optimizer?.slots.flatMap(\.tensors) ?? []))
    try AtomicFile.write(to: path, keepingOldAs: previous, files: files) { file in
      try HDF5Library.locked {
        let contents = try HDF5File.creating(in: file, userBlock: FileSeal.size)
        try write(to: contents, through: scratch)
        try contents.close()
      }
      try FileSeal.close(file)
    }
  }

  private func write(to file: HDF5File, through scratch: TensorScratch) throws {
    typealias Layout = CheckpointLayout
    try file.setAttribute(Layout.schemaVersion, of: file.root, to: Int64(FileSeal.schema))
    try writeTensors(parameters, as: Layout.parameters, in: file.root, of: file, scratch)
    try writeTensors(buffers, counters, as: Layout.buffers, in: file.root, of: file, scratch)
    if let optimizer {
      let group = try file.createGroup(Layout.optimizer, in: file.root)
      try file.write(optimizer.kind, named: Layout.optimizerKind, in: group.id)
      try file.setAttribute(Layout.optimizerStep, of: group.id, to: Int64(optimizer.step))
      if let lossScale = optimizer.lossScale {
        try file.setAttribute(Layout.lossScale, of: group.id, to: lossScale.scale)
        try file.setAttribute(Layout.goodSteps, of: group.id, to: Int64(lossScale.goodSteps))
      }
      let slots = try file.createGroup(Layout.slots, in: group.id)
      for slot in optimizer.slots {
        try writeTensors(slot.tensors, as: slot.name, in: slots.id, of: file, scratch)
      }
    }
    try writeProgress(to: file)
    let sums = try file.createGroup(Layout.accumulators, in: file.root)
    for (name, value) in accumulators.sorted(by: { $0.key < $1.key }) {
      try file.write(value, named: name, in: sums.id)
    }
    try file.write(experiment, named: Layout.experiment, in: file.root)
    try file.write(history, named: Layout.history, in: file.root)
    let entries = try file.createGroup(Layout.metadata, in: file.root)
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      try file.write(value, named: key, in: entries.id)
    }
  }

  private func writeTensors(
    _ tensors: [TensorSource], _ counters: [Counter] = [], as name: String, in place: hid_t,
    of file: HDF5File, _ scratch: TensorScratch
  ) throws {
    let group = try file.createGroup(name, in: place)
    for tensor in tensors {
      let elements = try scratch.elements(of: tensor)
      try file.write(elements, shape: tensor.shape, named: tensor.name, in: group.id)
    }
    for counter in counters { try file.write(counter.value, named: counter.name, in: group.id) }
  }

  private func writeProgress(to file: HDF5File) throws {
    typealias Layout = CheckpointLayout
    let group = try file.createGroup(Layout.progress, in: file.root)
    try file.setAttribute(Layout.epoch, of: group.id, to: Int64(progress.epoch))
    try file.setAttribute(Layout.stepInEpoch, of: group.id, to: Int64(progress.stepInEpoch))
    try file.setAttribute(Layout.globalStep, of: group.id, to: Int64(progress.globalStep))
    try file.setAttribute(Layout.position, of: group.id, to: Int64(progress.position))
    try file.setAttribute(Layout.seed, of: group.id, to: progress.seed)
    if let best {
      let group = try file.createGroup(Layout.best, in: file.root)
      try file.setAttribute(Layout.value, of: group.id, to: best.value)
      try file.setAttribute(Layout.epoch, of: group.id, to: Int64(best.epoch))
    }
  }
}
