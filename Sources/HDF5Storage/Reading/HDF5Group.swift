import Basics

/// The members of a group, in the order in which they were made.
struct HDF5Group {
  struct Link {
    let name: String
    /// Where the header of the member lies.
    let address: Int
    fileprivate let order: UInt64
  }

  let links: [Link]
  private let addresses: [String: Int]

  /// Reads the links of a group from its header, or from the heap to which the header points.
  init(_ header: HDF5ObjectHeader, in storage: HDF5Storage) throws {
    guard let info = try header.body(.linkInfo) else { throw HDF5Damage("'\(header.name)' is not a group") }
    var cursor = HDF5Cursor(info, of: "'\(header.name)'")
    // Version 0; flags 3: the order of the members is stored and indexed.
    guard try cursor.byte() == 0, try cursor.byte() == 3 else {
      throw HDF5Damage("'\(header.name)' is stored in a way that no checkpoint has")
    }
    _ = try cursor.take(8)
    let heap = try cursor.address()
    let (nameIndex, orderIndex) = (try cursor.address(), try cursor.address())
    var links = try header.bodies(.link).map { try Self.link($0) }
    if let heap, let orderIndex {
      var names = try HDF5FractalHeap(at: heap, in: storage)
      let tree = try HDF5BTree(at: orderIndex, type: 6, in: storage)
      // A record holds the place in the order (8 bytes) and the link's heap identifier.
      for record in tree.records { links.append(try Self.link(try names.object(record.dropFirst(8)))) }
      // Other readers look up names by checksum. A record holds the checksum (4 bytes) and the heap
      // identifier.
      let byName = try nameIndex.map { try HDF5BTree(at: $0, type: 5, in: storage).records } ?? []
      guard Set(byName.map { $0.dropFirst(4) }) == Set(tree.records.map { $0.dropFirst(8) }) else {
        throw HDF5Damage("the two lists of what '\(header.name)' holds differ")
      }
    }
    self.links = links.sorted { $0.order < $1.order }
    var addresses: [String: Int] = [:]
    addresses.reserveCapacity(links.count)
    for link in links where addresses.updateValue(link.address, forKey: link.name) != nil {
      throw HDF5Damage("'\(header.name)' has two members named '\(shownName(link.name))'")
    }
    self.addresses = addresses
  }

  /// Where the header of a member lies; nil when there is none of this name.
  func address(of name: String) -> Int? { addresses[name] }

  /// Reads a link message: a name in UTF-8, its place in the order, and an address.
  private static func link(_ body: ArraySlice<UInt8>) throws(HDF5Damage) -> Link {
    var cursor = HDF5Cursor(body, of: "a name")
    guard try cursor.byte() == 1 else { throw HDF5Damage("a name is stored in an unknown form") }
    let flags = try cursor.byte()
    // Without this byte, a link leads to an object of this file (kind 0).
    let kind = flags & 0x08 == 0 ? 0 : try cursor.byte()
    guard kind == 0, flags & 0x04 != 0 else { throw HDF5Damage("a name is stored in an unknown form") }
    let order = try cursor.number(8)
    if flags & 0x10 != 0 { _ = try cursor.byte() }
    let length = try cursor.count(1 << Int(flags & 3))
    guard let name = String(validating: try cursor.take(length), as: UTF8.self), !name.isEmpty,
      let address = try cursor.address()
    else { throw HDF5Damage("a name is not a text in UTF-8, or leads nowhere") }
    return Link(name: name, address: address, order: order)
  }
}
