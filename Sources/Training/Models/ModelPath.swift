import Basics
import Checkpoints
import Foundation

/// The path of a model file as a user names it, checked before a reader opens the file.
enum ModelPath {
  /// What the path should lead to.
  enum Expected {
    case checkpoint, weights, either

    fileprivate var name: String {
      switch self {
      case .checkpoint: "a fusionctl checkpoint"
      case .weights: "a safetensors or PyTorch file"
      case .either: "a fusionctl checkpoint or a safetensors file"
      }
    }

    fileprivate func takes(_ format: FileFormat) -> Bool {
      switch format {
      case .checkpoint: self != .weights
      case .safetensors: self != .checkpoint
      case .torch: self == .weights
      case .empty, .pickle, .numpyArchive, .numpyArray, .keras, .hdf5, .zip, .tar, .compressed, .pointer,
        .webPage:
        false
      }
    }
  }

  /// The format of the file; nil where its first bytes do not tell.
  /// - Throws: `InputError` (checkpoint) for a path without a file, or for a file of another known format. The message
  ///   names that format and what can be done with the file.
  @discardableResult static func require(_ path: String, _ expected: Expected) throws -> FileFormat? {
    switch PathState.of(path) {
    case .present(.folder):
      throw InputError(
        .checkpoint, path, "is a folder, expected \(expected.name)",
        remedy: expected == .weights ? "name a file in it" : remedy(folder: path))
    case .present(.other):
      throw InputError(
        .checkpoint, path, "is a pipe or a device, expected \(expected.name)",
        remedy: "copy it into a regular file first")
    case .present(.file), .absent, .dangling, .unreachable: break
    }
    let (bytes, size) = try head(of: path)
    guard let format = FileFormat(bytes, size: size, name: path), !expected.takes(format) else {
      return FileFormat(bytes, size: size, name: path)
    }
    throw InputError(
      .checkpoint, path, "is not \(expected.name) but \(format.description)",
      remedy: format.remedy(path, wanted: expected))
  }

  /// Whether the file is a safetensors file rather than a checkpoint. Where its first bytes do not tell, its name
  /// decides.
  /// - Throws: `InputError` (checkpoint), see `require`.
  static func isSafetensors(_ path: String) throws -> Bool {
    let format = try require(path, .either)
    return format == .safetensors || (format == nil && path.lowercased().hasSuffix(".safetensors"))
  }

  /// Whether the file holds weights of another program, or of `export`. Where its first bytes do not tell, it is taken for
  /// a checkpoint.
  /// - Throws: `InputError` (checkpoint) for a path without a file.
  static func isWeightFile(_ path: String) throws -> Bool {
    guard case .present(.file) = PathState.of(path) else { return false }
    let (bytes, size) = try head(of: path)
    switch FileFormat(bytes, size: size, name: path) {
    case .safetensors, .torch: return true
    case nil: return path.lowercased().hasSuffix(".safetensors")
    case .checkpoint, .empty, .pickle, .numpyArchive, .numpyArray, .keras, .hdf5, .zip, .tar, .compressed,
      .pointer,
      .webPage:
      return false
    }
  }

  /// The first `FileSeal.size` bytes of a file, and the size of the whole file.
  /// - Throws: `InputError` (checkpoint).
  static func head(of path: String) throws -> (bytes: [UInt8], size: Int) {
    try OpenFile.beginning(of: path, upTo: FileSeal.size, kind: .checkpoint)
  }

  /// Names the checkpoint that was probably meant by a run folder or by its folder of checkpoints.
  private static func remedy(folder path: String) -> String {
    for place in ["checkpoints/", ""] {
      for name in ["best", "last"] {
        let file = "\(path.hasSuffix("/") ? path : path + "/")\(place)\(name).h5"
        if PathState.of(file) == .present(.file) { return "name the checkpoint itself: \(file)" }
      }
    }
    return "name a file such as RUN/checkpoints/best.h5"
  }
}
