import CHDF5
import Foundation
import Tensors

/// A checkpoint open for reading, every byte of it checked. Tensors are read on demand.
public final class CheckpointFile: @unchecked Sendable {
  public let path: String
  /// Everything but the elements of the tensors.
  public let contents: Checkpoint<TensorInfo>
  /// The version of the file's layout.
  public let schemaVersion: Int

  private let file: HDF5File
  private let shapes: [CheckpointSection: [String: [Int]]]

  /// Opens and checks a checkpoint.
  /// - Throws: `InputError` (checkpoint) when the file is absent, damaged, of another kind or of a newer schema.
  public init(path: String, files: FileSystem = .system) throws {
    self.path = path
    let opened = try OpenFile.reading(path, kind: .checkpoint, files: files)
    try FileSeal.verify(opened)
    (file, contents, schemaVersion) = try HDF5Library.locked {
      let file = try HDF5File.reading(opened)
      let version: Int64 = try file.attribute(CheckpointLayout.schemaVersion, of: file.root)
      return (file, try Checkpoint(readingFrom: file), Int(version))
    }
    var shapes: [CheckpointSection: [String: [Int]]] = [:]
    shapes[.parameters] = Self.shapes(of: contents.parameters)
    shapes[.buffers] = Self.shapes(of: contents.buffers)
    for slot in contents.optimizer?.slots ?? [] {
      shapes[.optimizerSlot(slot.name)] = Self.shapes(of: slot.tensors)
    }
    self.shapes = shapes
  }

  /// Reads the elements of a tensor, row-major in PyTorch's layout.
  /// - Parameter buffer: exactly as many elements as the tensor has.
  /// - Throws: `InputError` (checkpoint) when there is no such tensor.
  public func read(
    _ name: String, from section: CheckpointSection, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws {
    let shape = try shape(of: name, in: section)
    precondition(
      buffer.count == shape.reduce(1, *), "'\(name)' of shape \(shape) does not fill \(buffer.count) elements"
    )
    guard buffer.count > 0 else { return }
    try HDF5Library.locked {
      let group = try file.openGroup(section.path, in: file.root)
      let set = try file.openSet(name, in: group.id)
      try file.read(set, type: fusion_H5T_F32(), into: buffer.baseAddress, named: name)
    }
  }

  /// Reads one tensor.
  /// - Throws: `InputError` (checkpoint) when there is no such tensor.
  public func tensor(_ name: String, from section: CheckpointSection = .parameters) throws -> Tensor {
    var tensor = Tensor(zeros: try shape(of: name, in: section))
    try tensor.values.withUnsafeMutableBufferPointer { try read(name, from: section, into: $0) }
    return tensor
  }

  private func shape(of name: String, in section: CheckpointSection) throws -> [Int] {
    guard let shape = shapes[section]?[name] else {
      throw InputError(.checkpoint, path, "has no tensor '\(name)' in \(section.path)")
    }
    return shape
  }

  private static func shapes(of tensors: [TensorInfo]) -> [String: [Int]] {
    Dictionary(tensors.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
  }
}

extension CheckpointSection {
  fileprivate var path: String {
    switch self {
    case .parameters: CheckpointLayout.parameters
    case .buffers: CheckpointLayout.buffers
    case .optimizerSlot(let name):
      "\(CheckpointLayout.optimizer)/\(CheckpointLayout.slots)/\(name)"
    }
  }
}

// MARK: - Reading all but the elements

extension Checkpoint<TensorInfo> {
  fileprivate init(readingFrom file: HDF5File) throws {
    typealias Layout = CheckpointLayout
    let (parameters, strays) = try Self.members(of: Layout.parameters, in: file.root, of: file)
    guard strays.isEmpty else { throw file.error("holds the parameter '\(strays[0].name)' as an integer") }
    let (buffers, counters) = try Self.members(of: Layout.buffers, in: file.root, of: file)
    self.init(
      parameters: parameters, buffers: buffers, counters: counters,
      experiment: try file.text(named: Layout.experiment, in: file.root),
      history: try file.text(named: Layout.history, in: file.root))
    optimizer = try Self.optimizer(in: file)
    progress = try TrainingProgress(readingFrom: file)
    if try file.has(Layout.best, in: file.root) {
      let group = try file.openGroup(Layout.best, in: file.root)
      let epoch: Int64 = try file.attribute(Layout.epoch, of: group.id)
      best = BestMetric(value: try file.attribute(Layout.value, of: group.id), epoch: Int(epoch))
    }
    let sums = try file.openGroup(Layout.accumulators, in: file.root)
    for name in try file.names(in: sums.id) {
      accumulators[name] = try file.scalar(named: name, in: sums.id)
    }
    let entries = try file.openGroup(Layout.metadata, in: file.root)
    for key in try file.names(in: entries.id) {
      metadata[key] = try file.text(named: key, in: entries.id)
    }
  }

  private static func optimizer(in file: HDF5File) throws -> OptimizerState<TensorInfo>? {
    typealias Layout = CheckpointLayout
    guard try file.has(Layout.optimizer, in: file.root) else { return nil }
    let group = try file.openGroup(Layout.optimizer, in: file.root)
    let step: Int64 = try file.attribute(Layout.optimizerStep, of: group.id)
    let slots = try file.openGroup(Layout.slots, in: group.id)
    return OptimizerState(
      kind: try file.text(named: Layout.optimizerKind, in: group.id), step: Int(step),
      slots: try file.names(in: slots.id).map { name in
        OptimizerSlot(name: name, tensors: try members(of: name, in: slots.id, of: file).tensors)
      })
  }

  /// The float tensors and the counters of a group.
  private static func members(
    of name: String, in place: hid_t, of file: HDF5File
  ) throws -> (tensors: [TensorInfo], counters: [Counter]) {
    let group = try file.openGroup(name, in: place)
    var tensors: [TensorInfo] = []
    var counters: [Counter] = []
    for name in try file.names(in: group.id) {
      let set = try file.openSet(name, in: group.id)
      if try file.has(type: fusion_H5T_F32(), set, named: name) {
        tensors.append(TensorInfo(name: name, shape: try file.shape(of: set, named: name)))
      } else {
        counters.append(Counter(name: name, value: try file.scalar(named: name, in: group.id)))
      }
    }
    return (tensors, counters)
  }
}

extension TrainingProgress {
  fileprivate init(readingFrom file: HDF5File) throws {
    typealias Layout = CheckpointLayout
    let group = try file.openGroup(Layout.progress, in: file.root)
    func integer(_ name: String) throws -> Int {
      let value: Int64 = try file.attribute(name, of: group.id)
      return Int(value)
    }
    self.init(
      epoch: try integer(Layout.epoch), stepInEpoch: try integer(Layout.stepInEpoch),
      globalStep: try integer(Layout.globalStep), position: try integer(Layout.position),
      seed: try file.attribute(Layout.seed, of: group.id))
  }
}
