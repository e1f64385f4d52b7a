/// A name in a group, and what it leads to.
struct HDF5Link {
  enum Target: Equatable {
    /// An object of this file, by the address of its header.
    case object(Int)
    /// Another name of this file.
    case name
    /// An object of another file.
    case otherFile
  }

  let name: String
  let target: Target
  /// The place in the order in which the members of the group were made; nil where it is not stored.
  let order: UInt64?

  init(name: String, target: Target) { (self.name, self.target, order) = (name, target, nil) }

  /// Reads a link message: a name in UTF-8, its place in the order, and an address.
  init(_ body: ArraySlice<UInt8>) throws(HDF5Damage) {
    var cursor = HDF5Cursor(body, of: "a name")
    guard try cursor.byte() == 1 else { throw HDF5Damage("a name is stored in an unknown form") }
    let flags = try cursor.byte()
    // Without this byte, a link leads to an object of this file (kind 0).
    let kind = flags & 0x08 == 0 ? 0 : try cursor.byte()
    order = flags & 0x04 == 0 ? nil : try cursor.number(8)
    if flags & 0x10 != 0 { _ = try cursor.byte() }
    let length = try cursor.count(1 << Int(flags & 3))
    guard let name = String(validating: try cursor.take(length), as: UTF8.self), !name.isEmpty else {
      throw HDF5Damage("a name is not a text in UTF-8")
    }
    self.name = name
    switch kind {
    case 0:
      guard let address = try cursor.address() else { throw HDF5Damage("'\(name)' leads nowhere") }
      target = .object(address)
    case 1: target = .name
    case 64: target = .otherFile
    default: throw HDF5Damage("a name is stored in an unknown form")
    }
  }
}
