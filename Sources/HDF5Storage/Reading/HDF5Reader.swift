import Basics

/// Reads the HDF5 files that this program writes, and no others.
///
/// The HDF5 library never reads a file here: it trusts sizes and addresses, so that a forged file would end the process.
/// This reader knows the few structures of a checkpoint. It checks each against the file before it reserves memory, and
/// its work is in proportion to the file's size.
package final class HDF5Reader {
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// A group: its members, and the numbers in its header.
  package struct Place {
    /// The name as messages show it.
    package let name: String
    fileprivate let members: HDF5Group
    fileprivate let attributes: [HDF5Attribute]

    /// Names of the members, in the order in which they were made.
    package var names: [String] { members.links.map(\.name) }

    package func has(_ name: String) -> Bool { members.address(of: name) != nil }

    package func hasAttribute(_ name: String) -> Bool {
      attributes.contains { $0.name.elementsEqual(name.utf8) }
    }

    /// The number of an attribute in the group's header.
    package func attribute<Value: HDF5Number>(_ name: String) throws(HDF5Damage) -> Value {
      let found = attributes.filter { $0.name.elementsEqual(name.utf8) }
      guard found.count == 1, let value = found[0].number(Value.self) else {
        throw HDF5Damage("'\(self.name)' has no attribute '\(name)' that is one \(Value.storedType)")
      }
      return value
    }

    /// The text of an attribute in the group's header.
    package func text(_ name: String) throws(HDF5Damage) -> String {
      let found = attributes.filter { $0.name.elementsEqual(name.utf8) }
      guard found.count == 1, let text = found[0].text else {
        throw HDF5Damage("'\(self.name)' has no attribute '\(name)' that is a text")
      }
      return text
    }
  }

  package let root: Place
  private let storage: HDF5Storage

  /// Opens a file whose HDF5 part begins after `userBlock` bytes.
  package init(_ file: OpenFile, userBlock: Int) throws {
    storage = try HDF5Storage(file, userBlock: userBlock)
    let what = "the beginning of its HDF5 part"
    let block = try storage.structure(at: 0, count: 48, what)
    guard block.starts(with: Self.signature) else { throw HDF5Damage("\(what) is not where it should be") }
    var cursor = HDF5Cursor(block.dropFirst(Self.signature.count), of: what)
    // Version 2 or 3, which differ only in flags for writers; addresses and lengths of 8 bytes.
    guard [2, 3].contains(try cursor.byte()), try cursor.byte() == 8, try cursor.byte() == 8 else {
      throw HDF5Damage("\(what) has an unknown form")
    }
    _ = try cursor.byte()
    let base = try cursor.count(8)
    // Skips the superblock's extension and the end of the file.
    _ = try cursor.take(16)
    let address = try cursor.address()
    guard base == userBlock, let address,
      HDF5Checksum.value(of: block.dropLast(4)) == UInt32(try cursor.number(4))
    else { throw HDF5Damage("\(what) does not match its checksum, or is of another file") }
    root = try Self.place(at: address, named: "/", in: storage)
  }

  /// A group inside a group.
  package func group(_ name: String, in place: Place) throws -> Place {
    try Self.place(at: try address(of: name, in: place), named: shownName(name), in: storage)
  }

  /// Type, shape and place of a data set.
  package func dataSet(_ name: String, in place: Place) throws -> HDF5DataSet {
    try HDF5DataSet(try header(name, in: place), in: storage)
  }

  /// The number of a data set of one element.
  package func number<Value: HDF5Number>(_ name: String, in place: Place) throws -> Value {
    let set = try dataSet(name, in: place)
    return try number(set, named: name)
  }

  /// The number of a data set of one element whose header has been read.
  package func number<Value: HDF5Number>(_ set: HDF5DataSet, named name: String) throws -> Value {
    guard set.type == Value.storedType, set.shape.isEmpty else {
      throw HDF5Damage("'\(shownName(name))' is not one \(Value.storedType)")
    }
    var bytes = [UInt8](repeating: 0, count: set.count)
    try bytes.withUnsafeMutableBytes { try storage.file.read(into: $0, at: set.offset) }
    return Value(littleEndianBytes: bytes)
  }

  /// The bytes of all elements of a data set. It lies in the file, so they are no more than the file has.
  package func bytes(of set: HDF5DataSet) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: set.count)
    try bytes.withUnsafeMutableBytes { try storage.file.read(into: $0, at: set.offset) }
    return bytes
  }

  /// The text of a data set.
  package func text(_ name: String, in place: Place) throws -> String {
    let set = try dataSet(name, in: place)
    guard case .text = set.type, set.shape.isEmpty else {
      throw HDF5Damage("'\(shownName(name))' is not a text")
    }
    return try storage.text(at: set.offset, count: set.count, "'\(shownName(name))'")
  }

  private func header(_ name: String, in place: Place) throws -> HDF5ObjectHeader {
    try HDF5ObjectHeader(at: try address(of: name, in: place), named: shownName(name), in: storage)
  }

  private func address(of name: String, in place: Place) throws(HDF5Damage) -> Int {
    guard let address = place.members.address(of: name) else {
      throw HDF5Damage("'\(place.name)' has no '\(shownName(name))'")
    }
    return address
  }

  private static func place(at address: Int, named name: String, in storage: HDF5Storage) throws -> Place {
    let header = try HDF5ObjectHeader(at: address, named: name, in: storage)
    return Place(
      name: name, members: try HDF5Group(header, in: storage),
      attributes: try header.bodies(.attribute).map { try HDF5Attribute($0, of: name) })
  }
}
