import Foundation

/// Pickles of small PyTorch files, written by hand.
enum TorchFileText {
  /// A dictionary with one tensor of float32.
  static func pickle(
    _ name: String = "w", storage: String = "0", elements: Int, shape: [Int], strides: [Int],
    offset: Int = 0,
    more: [UInt8] = []
  ) -> [UInt8] {
    [0x80, 2] + text("}(") + unicode(name)
      + tensor(storage: storage, elements: elements, shape: shape, strides: strides, offset: offset)
      + more
      + text("u.")
  }

  /// A call that makes a tensor.
  static func tensor(storage: String, elements: Int, shape: [Int], strides: [Int], offset: Int = 0)
    -> [UInt8]
  {
    var bytes =
      text("ctorch._utils\n_rebuild_tensor_v2\n((") + unicode("storage")
      + text("ctorch\nFloatStorage\n")
    bytes +=
      unicode(storage) + unicode("cpu") + int(elements) + text("tQ") + int(offset) + text("(")
    bytes += shape.flatMap(int) + text("t(") + strides.flatMap(int)
    return bytes + [0x74, 0x89] + text("ccollections\nOrderedDict\n)RtR")
  }

  static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  static func unicode(_ text: String) -> [UInt8] {
    [0x58, UInt8(text.utf8.count), 0, 0, 0] + Array(text.utf8)
  }

  /// An integer of eight bytes.
  static func int(_ value: Int) -> [UInt8] {
    [0x8A, 8] + withUnsafeBytes(of: Int64(value).littleEndian, Array.init)
  }

  /// The little-endian bytes of numbers.
  static func bytes(_ values: [Float]) -> [UInt8] {
    values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
  }

  /// The pickles that stand before the values in files of the kind before PyTorch 1.6.
  static let legacyBeginning: [UInt8] =
    [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    + [0x80, 2, 0x4D, 0xE9, 3, 0x2E]
    + [0x80, 2] + text("}") + unicode("little_endian") + [0x88] + text("s.")

  /// The list of the keys of storages.
  static func legacyKeys(_ keys: [String]) -> [UInt8] {
    [0x80, 2] + text("](") + keys.flatMap(unicode) + text("e.")
  }
}
