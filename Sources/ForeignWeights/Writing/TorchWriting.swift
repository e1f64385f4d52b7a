import Basics
import CZlib
import Checkpoints

/// A file that `torch.load(weights_only=True)` reads: a zip archive of a pickle and the data of each tensor, stored as they
/// are. Nothing of PyTorch is needed to write it.
package struct TorchWriter {
  /// A tensor or a counter under one or more names. Names of one tensor share its data.
  package struct Entry {
    package let names: [String]
    package let content: Content

    package init(names: [String], _ content: Content) { (self.names, self.content) = (names, content) }
  }

  package enum Content {
    case tensor(TensorSource)
    case counter(Int64)
  }

  /// The dictionaries around the tensors.
  package enum Layout: Sendable {
    /// The tensors alone.
    case plain
    /// As the SEN12MS toolbox saves a training that has finished an epoch.
    case toolbox(epoch: Int, architecture: String, best: Double)
  }

  private let entries: [Entry]
  private let layout: Layout

  /// The most bytes of a file; larger ones would need long fields.
  private static let sizeLimit = 0xFFFF_FFFF
  /// Data begin at multiples of this, as PyTorch has them.
  private static let alignment = 64
  private static let folder = "archive"

  package init(_ entries: [Entry], layout: Layout = .plain) {
    (self.entries, self.layout) = (entries, layout)
  }

  /// Writes the file atomically and durably, one tensor at a time.
  /// - Throws: `InputError`: checkpoint for 4 GiB or more; environment when it cannot be written. An old file is kept.
  package func write(to path: String, files: FileSystem = .system) throws {
    let size = entries.reduce(0) { $0 + $1.bytes }
    guard size < Self.sizeLimit - (64 << 20) else {
      throw InputError(
        .checkpoint, path, "would have \(size) bytes, and files of less than 4 GiB are written",
        remedy: "export it with --format safetensors")
    }
    let largest = entries.map(\.elements).max() ?? 0
    let scratch = try AlignedBuffer<Float>(count: max(largest, 1))
    try AtomicFile.write(to: path, files: files) { file in
      var archive = ZipWriter(file, folder: Self.folder, alignment: Self.alignment)
      try pickle().withUnsafeBytes { try archive.add("data.pkl", $0) }
      try Array("little".utf8).withUnsafeBytes { try archive.add("byteorder", $0) }
      for (key, entry) in entries.enumerated() {
        switch entry.content {
        case .tensor(let tensor):
          let part = UnsafeMutableBufferPointer(rebasing: scratch.elements[..<tensor.count])
          try tensor.fill(part)
          try archive.add("data/\(key)", UnsafeRawBufferPointer(part))
        case .counter(let value):
          try withUnsafeBytes(of: value.littleEndian) { try archive.add("data/\(key)", $0) }
        }
      }
      try Array("3\n".utf8).withUnsafeBytes { try archive.add("version", $0) }
      try archive.finish()
    }
    withExtendedLifetime(scratch) {}
  }

  // MARK: The pickle

  private func pickle() -> [UInt8] {
    var pickle = TorchPickleWriter()
    switch layout {
    case .plain: dictionary(&pickle)
    case .toolbox(let epoch, let architecture, let best):
      pickle.dictionary { pickle in
        pickle.text("epoch")
        pickle.integer(epoch)
        pickle.text("arch")
        pickle.text(architecture)
        pickle.text("model_state_dict")
        dictionary(&pickle)
        pickle.text("optimizer_state_dict")
        pickle.dictionary { pickle in
          pickle.text("state")
          pickle.dictionary { _ in }
          pickle.text("param_groups")
          pickle.emptyList()
        }
        pickle.text("best_prec")
        pickle.float(best)
      }
    }
    return pickle.finished()
  }

  private func dictionary(_ pickle: inout TorchPickleWriter) {
    pickle.orderedDictionary { pickle in
      for (key, entry) in entries.enumerated() {
        for name in entry.names {
          pickle.text(name)
          switch entry.content {
          case .tensor(let tensor): pickle.tensor("FloatStorage", key: key, shape: tensor.shape)
          case .counter: pickle.tensor("LongStorage", key: key, shape: [])
          }
        }
      }
    }
  }
}

extension TorchWriter.Entry {
  fileprivate var elements: Int {
    switch content {
    case .tensor(let tensor): tensor.count
    case .counter: 0
    }
  }

  fileprivate var bytes: Int {
    switch content {
    case .tensor(let tensor): 4 * tensor.count
    case .counter: 8
    }
  }
}
