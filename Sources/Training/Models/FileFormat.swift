import ForeignWeights
import Foundation

/// The format of a file, told by its first bytes. The file's name decides only between formats that begin alike.
enum FileFormat: Equatable {
  case checkpoint, safetensors
  case empty
  /// What `torch.save` writes: a zip archive since PyTorch 1.6, pickles before.
  case torch(String)
  case pickle
  case numpyArchive, numpyArray
  case keras
  case hdf5
  case zip, tar
  /// Compressed by a program such as gzip.
  case compressed(String)
  /// The few lines of text that Git LFS or git-annex keeps in place of a large file.
  case pointer
  case webPage

  /// - Parameters:
  ///   - bytes: the first few hundred bytes of the file.
  ///   - size: size of the whole file in bytes.
  ///   - name: name of the file.
  init?(_ bytes: [UInt8], size: Int, name: String) {
    func starts(_ magic: [UInt8]) -> Bool { bytes.starts(with: magic) }
    func starts(_ text: String) -> Bool { bytes.starts(with: text.utf8) }

    if size == 0 {
      self = .empty
    } else if starts("fusionctl checkpoint\n") {
      self = .checkpoint
    } else if starts("PK\u{3}\u{4}") || starts("PK\u{5}\u{6}") {
      self = Self.archive(bytes, name)
    } else if starts(TorchMagic.legacy) {
      self = .torch("pickles, as written before version 1.6")
    } else if let first = bytes.first, first == 0x80, bytes.count > 1, (2...5).contains(bytes[1]) {
      self = .pickle
    } else if starts([0x89] + Array("HDF\r\n\u{1A}\n".utf8)) {
      self = .hdf5
    } else if starts([0x93] + Array("NUMPY".utf8)) {
      self = .numpyArray
    } else if let program = Self.compressors.first(where: { starts($0.magic) })?.name {
      self = .compressed(program)
    } else if bytes.dropFirst(257).starts(with: "ustar".utf8) {
      self = .tar
    } else if starts("version https://git-lfs.github.com/spec") || starts("/annex/objects/") {
      self = .pointer
    } else if Self.isWebPage(bytes) {
      self = .webPage
    } else if Self.isSafetensors(bytes, size) {
      self = .safetensors
    } else {
      return nil
    }
  }

  private static let compressors: [(magic: [UInt8], name: String)] = [
    ([0x1F, 0x8B], "gzip"), (Array("BZh".utf8), "bzip2"), ([0xFD] + Array("7zXZ\0".utf8), "xz"),
    ([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
  ]

  /// The format of a zip archive, told by the name of its first entry or, where that says nothing, by the file's name.
  private static func archive(_ bytes: [UInt8], _ name: String) -> FileFormat {
    let torch = FileFormat.torch("a zip archive")
    let length = bytes.count > 30 ? Int(bytes[26]) | Int(bytes[27]) << 8 : 0
    let entry = String(decoding: bytes.dropFirst(30).prefix(length), as: UTF8.self)
    if entry.hasSuffix(".npy") { return .numpyArchive }
    if ["metadata.json", "config.json", "model.weights.h5"].contains(entry) { return .keras }
    let ofTorch = ["/data.pkl", "/version", "/byteorder", "/.format_version", "/constants.pkl"]
    if ofTorch.contains(where: entry.hasSuffix) { return torch }
    let endings = [".pth": torch, ".pt": torch, ".ckpt": torch, ".npz": .numpyArchive, ".keras": .keras]
    return endings.first { name.lowercased().hasSuffix($0.key) }?.value ?? .zip
  }

  private static func isWebPage(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes.prefix(200), as: UTF8.self).lowercased()
      .trimmingCharacters(in: .whitespacesAndNewlines.union(["\u{FEFF}"]))
    return ["<!doctype html", "<html", "<?xml", "<head"].contains(where: text.hasPrefix)
  }

  /// A length that fits into the file, then a JSON object.
  private static func isSafetensors(_ bytes: [UInt8], _ size: Int) -> Bool {
    guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return false }
    let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    return length <= UInt64(size - 8)
  }
}

extension FileFormat: CustomStringConvertible {
  var description: String {
    switch self {
    case .checkpoint: "a fusionctl checkpoint"
    case .safetensors: "a safetensors file"
    case .empty: "an empty file"
    case .torch(let container): "a PyTorch file (\(container))"
    case .pickle: "a Python pickle"
    case .numpyArchive: "a NumPy archive (.npz)"
    case .numpyArray: "a NumPy array (.npy)"
    case .keras: "a Keras model"
    case .hdf5: "an HDF5 file of another program, for instance of Keras"
    case .zip: "a zip archive"
    case .tar: "a tar archive"
    case .compressed(let program): "compressed by \(program)"
    case .pointer: "a text that stands for a file kept elsewhere (Git LFS or git-annex)"
    case .webPage: "a web page"
    }
  }

  /// What to do with the file at a path.
  func remedy(_ path: String, wanted: ModelPath.Expected) -> String {
    let then = wanted == .weights ? "" : ", then 'fusionctl import'"
    switch self {
    case .checkpoint: return "it needs no import: test it, or train from it with --init-from"
    case .safetensors: return "make a checkpoint of it with 'fusionctl import'"
    case .empty: return "copy or download it again"
    case .torch: return "make a checkpoint of it with 'fusionctl import', or train from it with --init-from"
    case .pickle: return "load it in Python and write its tensors with safetensors\(then)"
    case .numpyArchive: return "convert it\(then): \(Self.python(Self.numpyLine, path))"
    case .numpyArray, .keras, .hdf5:
      return "write its tensors under torchvision's names with safetensors.numpy.save_file\(then)"
    case .zip: return "unpack it and name the file inside"
    case .tar:
      return
        "unpack it and name the file inside; if PyTorch wrote it (before version 0.2), load it there and save it again: "
        + "torch.save(torch.load(FILE, weights_only=False), NEW)"
    case .compressed(let program): return "unpack it with \(program) -d"
    case .pointer: return "fetch the file with 'git lfs pull' or 'git annex get'"
    case .webPage: return "download the file itself, not the page that shows it"
    }
  }

  private static let numpyLine =
    "import sys, numpy; from safetensors.numpy import save_file; save_file(dict(numpy.load(sys.argv[1])), sys.argv[2])"

  private static func python(_ line: String, _ path: String) -> String {
    // Messages shorten long texts. A command without its middle does not run, so FILE replaces a long path.
    let isShort = path.utf8.count <= 60
    let name = isShort ? URL(filePath: path).deletingPathExtension().lastPathComponent : "weights"
    return "python3 -c \"\(line)\" '\(isShort ? path : "FILE")' '\(name).safetensors'"
  }
}
