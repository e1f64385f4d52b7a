import Basics

/// Reads the bytes at HDF5's addresses, and limits how much of one file is read.
///
/// Addresses count from the end of the user block. Structures of a sound file do not overlap, so together
/// they are no longer than the file. When structures lead in circles or are read twice, they soon exceed this
/// limit.
final class HDF5Storage {
  /// The most bytes of the experiment, the history and the metadata together.
  private static let textLimit = 128 << 20
  /// The window through which small structures are read, bytes.
  private static let windowSize = 4096

  let file: OpenFile
  /// The most bytes of structures.
  private let structureLimit: Int
  private let userBlock: Int
  /// The first address beyond the file.
  private let end: Int
  private var structures: Int
  private var elements: Int
  private var texts = textLimit
  private var window: [UInt8] = []
  private var windowStart = 0

  /// - Parameters:
  ///   - userBlock: bytes before the HDF5 part.
  ///   - structureLimit: the most bytes of structures; a checkpoint of the largest networks has about 1 MB.
  init(_ file: OpenFile, userBlock: Int, structureLimit: Int = 16 << 20) throws {
    self.file = file
    self.structureLimit = structureLimit
    self.userBlock = userBlock
    end = max(0, try file.size() - userBlock)
    structures = min(end, structureLimit)
    elements = end
  }

  /// The bytes of a structure.
  /// - Throws: `HDF5Damage` when the structure lies beyond the file or exceeds the limit.
  func structure(at address: Int, count: Int, _ what: String) throws -> [UInt8] {
    try require(address, count, what)
    guard count <= structures else {
      throw HDF5Damage(
        "its HDF5 structures take more than the file has or than \(structureLimit >> 20) MiB")
    }
    structures -= count
    return Array(try bytes(at: address, count: count))
  }

  /// The bytes of a structure between its signature and its checksum, after both were checked.
  func sealed(at address: Int, count: Int, signature: String, _ what: String) throws -> ArraySlice<UInt8> {
    let bytes = try structure(at: address, count: count, what)
    try Self.check(bytes, signature: signature, what)
    return bytes[signature.utf8.count..<bytes.count - 4]
  }

  /// The beginning of a structure whose length is not known yet: at most `count` bytes, fewer at the end of the file.
  func beginning(at address: Int, count: Int, _ what: String) throws -> ArraySlice<UInt8> {
    try require(address, 1, what)
    return try bytes(at: address, count: min(count, end - address))
  }

  /// The offset of elements in the file, after a check that all of them lie in the file.
  func elements(at address: Int, count: Int, _ what: String) throws -> Int {
    try require(address, count, what)
    guard count <= elements else { throw HDF5Damage("its elements take more bytes than the file has") }
    elements -= count
    return userBlock + address
  }

  /// The text at an offset, without the zero that ends it.
  func text(at offset: Int, count: Int, _ what: String) throws -> String {
    guard count <= texts else { throw HDF5Damage("its texts are longer than \(Self.textLimit >> 20) MiB") }
    texts -= count
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: offset) }
    guard bytes.popLast() == 0, !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw HDF5Damage("\(what) is not a text in UTF-8")
    }
    return text
  }

  private static func check(_ bytes: [UInt8], signature: String, _ what: String) throws(HDF5Damage) {
    guard bytes.count >= signature.utf8.count + 4, bytes.starts(with: signature.utf8) else {
      throw HDF5Damage("\(what) is not where it should be")
    }
    let sum = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    guard HDF5Checksum.value(of: bytes.dropLast(4)) == sum else {
      throw HDF5Damage("\(what) does not match its checksum")
    }
  }

  private func require(_ address: Int, _ count: Int, _ what: String) throws(HDF5Damage) {
    guard address >= 0, count >= 0, address <= end, count <= end - address else {
      throw HDF5Damage("\(what) lies beyond the end of the file")
    }
  }

  /// The bytes at an address. They come from the window, which is read anew when it does not hold them.
  private func bytes(at address: Int, count: Int) throws -> ArraySlice<UInt8> {
    if address < windowStart || address + count > windowStart + window.count {
      window = [UInt8](repeating: 0, count: max(count, min(Self.windowSize, end - address)))
      windowStart = address
      try window.withUnsafeMutableBytes { try file.read(into: $0, at: userBlock + address) }
    }
    let start = address - windowStart
    return window[start..<start + count]
  }
}
