import Basics

/// The beginning of the HDF5 part of a file, versions 0 to 3.
struct HDF5Superblock {
  static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
  private static let what = "the beginning of its HDF5 part"

  /// Bytes before the HDF5 part.
  let userBlock: Int
  /// The address of the header of the root group.
  let root: Int

  /// Finds the superblock: at byte 0, 512, 1024, 2048 and so on.
  /// - Throws: `HDF5Refusal` for a file of another kind; `HDF5Damage`; `InputError` when the file cannot be read.
  init(_ file: OpenFile) throws {
    let size = try file.size()
    var place = 0
    while true {
      guard place <= size - Self.signature.count else {
        throw HDF5Refusal("is not an HDF5 file", remedy: "check the path")
      }
      var bytes = [UInt8](repeating: 0, count: Self.signature.count)
      try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: place) }
      if bytes == Self.signature { break }
      place = place == 0 ? 512 : 2 * place
    }
    userBlock = place
    let storage = try HDF5Storage(file, userBlock: place)
    let block = try storage.beginning(at: 0, count: 104, Self.what).dropFirst(Self.signature.count)
    var cursor = HDF5Cursor(block, of: Self.what)
    let version = try cursor.byte()
    let (base, end): (Int, Int)
    switch version {
    case 0, 1: (root, base, end) = try Self.old(&cursor, version: version)
    case 2, 3:
      (root, base, end) = try Self.new(&cursor, block: try storage.structure(at: 0, count: 48, Self.what))
    default:
      throw HDF5Refusal("has the HDF5 format \(version), and 0 to 3 are read", remedy: HDF5Refusal.rewrite)
    }
    guard base == place else { throw HDF5Damage("\(Self.what) is not where it should be") }
    guard end <= size else {
      throw HDF5Refusal("has \(size) of its \(end) bytes", remedy: "fetch or copy the file again")
    }
  }

  /// Address of the root group, address of the superblock, size of the file.
  private static func old(_ cursor: inout HDF5Cursor, version: UInt8) throws -> (Int, Int, Int) {
    // Versions of structures without other versions.
    _ = try cursor.take(4)
    try requireLongAddresses(&cursor)
    // A gap, two numbers for the sizes of nodes, flags. Version 1 has another such number and a gap.
    _ = try cursor.take(version == 0 ? 9 : 13)
    let base = try cursor.count(8)
    _ = try cursor.take(8)
    let end = try cursor.count(8)
    let driver = try cursor.address()
    guard driver == nil else {
      throw HDF5Refusal(
        "is one of several files that make up an HDF5 file", remedy: "join them with h5repart")
    }
    // Skips where the name of the root group lies.
    _ = try cursor.take(8)
    guard let root = try cursor.address() else { throw HDF5Damage("it has no root group") }
    return (root, base, end)
  }

  private static func new(_ cursor: inout HDF5Cursor, block: [UInt8]) throws -> (Int, Int, Int) {
    try requireLongAddresses(&cursor)
    _ = try cursor.byte()
    let base = try cursor.count(8)
    _ = try cursor.take(8)
    let end = try cursor.count(8)
    let root = try cursor.address()
    guard HDF5Checksum.value(of: block.dropLast(4)) == UInt32(try cursor.number(4)) else {
      throw HDF5Damage("\(what) does not match its checksum")
    }
    guard let root else { throw HDF5Damage("it has no root group") }
    return (root, base, end)
  }

  private static func requireLongAddresses(_ cursor: inout HDF5Cursor) throws {
    let sizes = (try cursor.byte(), try cursor.byte())
    guard sizes == (8, 8) else {
      throw HDF5Refusal("has addresses of \(sizes.0) bytes, and 8 are read", remedy: HDF5Refusal.rewrite)
    }
  }
}
