/// The members of any group: of HDF5's older kind (symbol table) and of its newer kind (links).
struct HDF5Folder {
  /// The longest name that is read, bytes.
  private static let nameLimit = 4096

  let links: [HDF5Link]

  /// - Returns: nil when the header is not that of a group.
  init?(_ header: HDF5ObjectHeader, in storage: HDF5Storage) throws {
    if let table = try header.body(.symbolTable) {
      links = try Self.oldLinks(table, in: storage)
    } else if let info = try header.body(.linkInfo) {
      links = try Self.newLinks(info, header, in: storage)
    } else {
      return nil
    }
  }

  private static func newLinks(
    _ info: ArraySlice<UInt8>, _ header: HDF5ObjectHeader, in storage: HDF5Storage
  ) throws -> [HDF5Link] {
    var cursor = HDF5Cursor(info, of: "'\(header.name)'")
    guard try cursor.byte() == 0 else { throw HDF5Damage("'\(header.name)' has names of an unknown form") }
    // The first bit: the largest number of the order of creation follows.
    if try cursor.byte() & 1 != 0 { _ = try cursor.take(8) }
    let (heap, index) = (try cursor.address(), try cursor.address())
    var links = try header.bodies(.link).map { try HDF5Link($0) }
    if let heap, let index {
      var names = try HDF5FractalHeap(at: heap, in: storage)
      // A record holds the checksum of a name (4 bytes) and its heap identifier.
      for record in try HDF5BTree(at: index, type: 5, in: storage).records {
        links.append(try HDF5Link(try names.object(record.dropFirst(4))))
      }
    }
    return links
  }

  private static func oldLinks(_ table: ArraySlice<UInt8>, in storage: HDF5Storage) throws -> [HDF5Link] {
    let what = "the list of a group"
    var cursor = HDF5Cursor(table, of: what)
    guard let tree = try cursor.address(), let heap = try cursor.address() else {
      throw HDF5Damage("\(what) leads nowhere")
    }
    let names = try self.names(at: heap, in: storage)
    var links: [HDF5Link] = []
    try HDF5OldBTree.read(at: tree, type: 0, keySize: 8, in: storage, what) { _, node in
      let prefix = 8
      var beginning = HDF5Cursor(try storage.beginning(at: node, count: prefix, what), of: what)
      guard try beginning.take(4).elementsEqual("SNOD".utf8), try beginning.byte() == 1 else {
        throw HDF5Damage("\(what) is not where it should be")
      }
      _ = try beginning.byte()
      let count = try beginning.count(2)
      let bytes = try storage.structure(at: node, count: prefix + 40 * count, what)
      var cursor = HDF5Cursor(bytes.dropFirst(prefix), of: what)
      for _ in 0..<count {
        let name = try Self.name(at: try cursor.count(8), in: names)
        let address = try cursor.address()
        // Kind 2: the member is another name. A gap and the place of that name follow.
        let kind = try cursor.number(4)
        _ = try cursor.take(20)
        if kind == 2 {
          links.append(HDF5Link(name: name, target: .name))
        } else if let address {
          links.append(HDF5Link(name: name, target: .object(address)))
        } else {
          throw HDF5Damage("'\(name)' leads nowhere")
        }
      }
    }
    return links
  }

  /// The bytes of all names of a group (local heap).
  private static func names(at address: Int, in storage: HDF5Storage) throws -> [UInt8] {
    let what = "the names of a group"
    var cursor = HDF5Cursor(try storage.structure(at: address, count: 32, what)[...], of: what)
    guard try cursor.take(4).elementsEqual("HEAP".utf8), try cursor.byte() == 0 else {
      throw HDF5Damage("\(what) are not where they should be")
    }
    _ = try cursor.take(3)
    let size = try cursor.count(8)
    _ = try cursor.take(8)
    guard let data = try cursor.address() else { throw HDF5Damage("\(what) are not where they should be") }
    return try storage.structure(at: data, count: size, what)
  }

  private static func name(at start: Int, in names: [UInt8]) throws(HDF5Damage) -> String {
    guard start < names.count, case let rest = names[start...].prefix(nameLimit),
      let end = rest.firstIndex(of: 0),
      end > start, let name = String(validating: rest[..<end], as: UTF8.self)
    else { throw HDF5Damage("a name of a group is not a text in UTF-8") }
    return name
  }
}
