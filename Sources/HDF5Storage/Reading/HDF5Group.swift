import Basics

/// The members of a group of a checkpoint, in the order in which they were made.
struct HDF5Group {
  struct Link {
    let name: String
    /// Where the header of the member lies.
    let address: Int
    fileprivate let order: UInt64

    fileprivate init(_ message: ArraySlice<UInt8>) throws(HDF5Damage) {
      let link = try HDF5Link(message)
      guard case .object(let address) = link.target, let order = link.order else {
        throw HDF5Damage("a name is stored in an unknown form")
      }
      (name, self.address, self.order) = (link.name, address, order)
    }
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
    var links = try header.bodies(.link).map { try Link($0) }
    if let heap, let orderIndex {
      var names = try HDF5FractalHeap(at: heap, in: storage)
      let tree = try HDF5BTree(at: orderIndex, type: 6, in: storage)
      // A record holds the place in the order (8 bytes) and the link's heap identifier.
      for record in tree.records { links.append(try Link(try names.object(record.dropFirst(8)))) }
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
}
