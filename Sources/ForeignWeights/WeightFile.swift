import Basics
import Checkpoints

/// A file of weights of the Python world, open for reading: a zip archive or pickles of `torch.save`, or safetensors. Its
/// table was checked; tensors are read on demand.
package final class WeightFile: @unchecked Sendable {
  package enum Container: String, Sendable {
    case zip, legacy, safetensors

    /// The container in words.
    package var title: String {
      switch self {
      case .zip: "a PyTorch file (a zip archive)"
      case .legacy: "a PyTorch file (pickles, as written before version 1.6)"
      case .safetensors: "a safetensors file"
      }
    }
  }

  /// A tensor of the file.
  package struct Entry: Sendable {
    /// The dictionaries that hold it, joined by `/`; empty for the outermost one. Example: `model_state_dict`.
    package let group: String
    /// Its key there, such as `conv1.weight`.
    package let name: String
    package let shape: [Int]
    package let type: ElementType
    /// Its place in the list of its container.
    fileprivate let index: Int

    /// Number of elements.
    package var count: Int { shape.reduce(1, *) }
  }

  // All reads name their position, so that threads may share the file.
  private enum Source {
    case torch(TorchFile)
    case safetensors(SafetensorsFile)
  }

  package let path: String
  package let container: Container
  /// In the order of the file.
  package let entries: [Entry]
  /// The texts and numbers of the outermost dictionary, such as `epoch` and `arch`.
  package let facts: [(name: String, value: String)]
  /// The texts that a safetensors file holds beside its tensors.
  package let metadata: [String: String]
  /// Number of objects that are no tensors and were left out.
  package let ignoredObjects: Int
  private let source: Source

  /// - Parameter ignoresObjects: whether objects of unknown classes are left out; otherwise such a file is refused.
  /// - Throws: `InputError` (checkpoint) for a file that is absent, damaged, of another kind, or with forbidden names.
  package init(path: String, ignoresObjects: Bool = false, files: FileSystem = .system) throws {
    self.path = path
    let file = try OpenFile.reading(path, kind: .checkpoint, files: files)
    var beginning = [UInt8](repeating: 0, count: min(try file.size(), 16))
    try beginning.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
    let isZip = beginning.starts(with: TorchMagic.zip)
    if isZip || beginning.starts(with: TorchMagic.legacy) {
      let torch =
        try isZip
        ? TorchFile.zipped(file, path: path, ignoresObjects: ignoresObjects)
        : TorchFile.legacy(file, path: path, ignoresObjects: ignoresObjects)
      container = isZip ? .zip : .legacy
      entries = torch.tensors.enumerated().map { index, found in
        Entry(
          group: found.path.dropLast().joined(separator: "/"), name: found.path.last ?? "",
          shape: found.tensor.shape, type: found.tensor.type, index: index)
      }
      (facts, metadata, ignoredObjects) = (torch.facts, [:], torch.ignoredObjects)
      source = .torch(torch)
    } else {
      let tensors = try SafetensorsFile(path: path, files: files)
      container = .safetensors
      entries = tensors.all.enumerated().map { index, tensor in
        Entry(
          group: "", name: tensor.info.name, shape: tensor.info.shape,
          type: ElementType(safetensors: tensor.type)!, index: index)
      }
      (facts, metadata, ignoredObjects) = ([], tensors.metadata, 0)
      source = .safetensors(tensors)
    }
  }

  /// Reads the elements of a tensor as float32, row-major.
  /// - Parameter buffer: of exactly as many elements as the tensor has.
  /// - Throws: `InputError` (checkpoint) for damaged data.
  package func read(_ entry: Entry, into buffer: UnsafeMutableBufferPointer<Float>) throws {
    switch source {
    case .torch(let file): try file.read(file.tensors[entry.index].tensor, into: buffer)
    case .safetensors(let file): try file.read(entry.name, into: buffer)
    }
  }

  /// The value of a single integer, such as `bn1.num_batches_tracked`.
  /// - Precondition: the entry has one element of int64.
  /// - Throws: `InputError` (checkpoint) for damaged data.
  package func integer(_ entry: Entry) throws -> Int64 {
    switch source {
    case .torch(let file): try file.integer(file.tensors[entry.index].tensor)
    case .safetensors(let file): try file.integer(entry.name)
    }
  }
}

extension WeightFile {
  /// The metadata of a safetensors file; nil for a file of another kind.
  /// - Throws: `InputError` (checkpoint) for a damaged safetensors file.
  package static func safetensorsMetadata(_ path: String) throws -> [String: String]? {
    let (head, _) = try OpenFile.beginning(of: path, upTo: 16, kind: .checkpoint)
    guard !head.starts(with: TorchMagic.zip), !head.starts(with: TorchMagic.legacy) else { return nil }
    return try SafetensorsFile(path: path).metadata
  }
}
