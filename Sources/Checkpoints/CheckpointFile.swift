import Basics
import Foundation
import HDF5Storage

/// A checkpoint that is open for reading, after every byte was checked. Tensors are read on demand.
package final class CheckpointFile: @unchecked Sendable {
  package let path: String
  /// Everything but the elements of the tensors.
  package let contents: Checkpoint<TensorInfo>
  /// The version of the file's layout.
  package let schemaVersion: Int

  // All reads name their position, so that threads may share the file.
  private let file: OpenFile
  private let tensors: [CheckpointSection: [String: HDF5DataSet]]

  /// Opens and checks a checkpoint.
  /// - Throws: `InputError`: checkpoint when the file is absent, damaged or of another kind; environment when
  ///   its schema is newer or it cannot be read.
  package init(path: String, files: FileSystem = .system) throws {
    self.path = path
    file = try OpenFile.reading(path, kind: .checkpoint, files: files)
    try FileSeal.verify(file)
    do {
      var reading = CheckpointReading(try HDF5Reader(file, userBlock: FileSeal.size))
      (schemaVersion, contents) = (try reading.schemaVersion(), try reading.contents())
      tensors = reading.tensors
    } catch let damage as HDF5Damage {
      throw InputError.damaged(path, damage.text)
    }
  }

  /// Reads the elements of a tensor, row-major in PyTorch's layout.
  /// - Parameter buffer: a buffer of exactly as many elements as the tensor has.
  /// - Throws: `InputError` (checkpoint) when there is no such tensor.
  package func read(
    _ name: String, from section: CheckpointSection, into buffer: UnsafeMutableBufferPointer<Float>
  ) throws {
    let set = try tensor(name, in: section)
    precondition(
      buffer.count == set.count / 4, "'\(name)' of shape \(set.shape) does not fill \(buffer.count) elements")
    guard buffer.count > 0 else { return }
    try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: set.offset)
  }

  /// Reads one tensor.
  /// - Throws: `InputError` (checkpoint) when there is no such tensor.
  package func tensor(_ name: String, from section: CheckpointSection = .parameters) throws -> Tensor {
    var tensor = Tensor(zeros: try self.tensor(name, in: section).shape)
    try tensor.values.withUnsafeMutableBufferPointer { try read(name, from: section, into: $0) }
    return tensor
  }

  private func tensor(_ name: String, in section: CheckpointSection) throws -> HDF5DataSet {
    guard let set = tensors[section]?[name] else {
      throw InputError(.checkpoint, path, "has no tensor '\(shownName(name))' in \(section.path)")
    }
    return set
  }
}

extension CheckpointSection {
  fileprivate var path: String {
    switch self {
    case .parameters: CheckpointLayout.parameters
    case .buffers: CheckpointLayout.buffers
    case .optimizerSlot(let name):
      "\(CheckpointLayout.optimizer)/\(CheckpointLayout.slots)/\(shownName(name))"
    }
  }
}
