/// An index of a group's links (B-tree, version 2), read from its first record to its last.
struct HDF5BTree {
  private static let what = "the list of a group"
  /// The most levels below the root that are read; trees of checkpoints have one or two.
  private static let depthLimit = 8

  /// The records in the tree's order.
  private(set) var records: [ArraySlice<UInt8>] = []

  private let type: UInt8
  private let recordSize: Int
  /// Two counts follow the address of a node. The first counts the records of the node, in `countSize` bytes.
  private let countSize: Int
  /// The second counts the records of the node and all below: its bytes, by the node's height above the
  /// leaves.
  private var totalSizes: [Int] = []

  /// Reads the tree whose header is at an address.
  /// - Parameter type: HDF5's number of the kind of record that the tree must hold.
  init(at address: Int, type: UInt8, in storage: HDF5Storage) throws {
    let header = try storage.sealed(at: address, count: 38, signature: "BTHD", Self.what)
    var cursor = HDF5Cursor(header, of: Self.what)
    guard try cursor.byte() == 0, try cursor.byte() == type else { throw Self.unknownForm }
    self.type = type
    let nodeSize = try cursor.count(4)
    recordSize = try cursor.count(2)
    let depth = try cursor.count(2)
    _ = try cursor.take(2)
    let root = try cursor.address()
    let (rootRecords, total) = (try cursor.count(2), try cursor.count(8))
    guard (64...1 << 20).contains(nodeSize), (9...64).contains(recordSize), depth <= Self.depthLimit,
      nodeSize >= 10 + 2 * recordSize
    else { throw Self.unknownForm }
    let leafRecords = (nodeSize - 10) / recordSize
    countSize = Self.bytes(for: leafRecords)
    // The size of a count follows from the most records that a node of this height and all below can hold.
    var most = leafRecords
    for height in 0..<depth {
      totalSizes.append(height == 0 ? 0 : Self.bytes(for: most))
      let pointer = 8 + countSize + totalSizes[height]
      guard nodeSize >= 10 + 2 * pointer + recordSize else { throw Self.unknownForm }
      let here = (nodeSize - 10 - pointer) / (recordSize + pointer)
      let (below, overflow) = most.multipliedReportingOverflow(by: here + 1)
      most = overflow || below > Int.max - here ? .max : below + here
    }
    if let root, total > 0 { try read(at: root, count: rootRecords, height: depth, in: storage) }
    guard records.count == total else {
      throw HDF5Damage("\(Self.what) has \(records.count) names instead of \(total)")
    }
  }

  /// The bytes that HDF5 takes for a number up to `limit`.
  static func bytes(for limit: Int) -> Int {
    precondition(limit > 0, "a limit of zero has no size")
    return (Int.bitWidth - 1 - limit.leadingZeroBitCount) / 8 + 1
  }

  private static var unknownForm: HDF5Damage { HDF5Damage("\(what) is stored in an unknown form") }

  /// Reads a node of `count` records and all nodes below it.
  private mutating func read(at address: Int, count: Int, height: Int, in storage: HDF5Storage) throws {
    let pointer = height == 0 ? 0 : 8 + countSize + totalSizes[height - 1]
    let children = height == 0 ? 0 : count + 1
    let body = try storage.sealed(
      at: address, count: 10 + count * recordSize + children * pointer,
      signature: height == 0 ? "BTLF" : "BTIN", Self.what)
    var cursor = HDF5Cursor(body, of: Self.what)
    guard try cursor.byte() == 0, try cursor.byte() == type else { throw Self.unknownForm }
    var own: [ArraySlice<UInt8>] = []
    for _ in 0..<count { own.append(try cursor.take(recordSize)) }
    guard height > 0 else {
      records += own
      return
    }
    for number in 0...count {
      guard let child = try cursor.address() else { throw Self.unknownForm }
      let below = try cursor.count(countSize)
      _ = try cursor.take(totalSizes[height - 1])
      try read(at: child, count: below, height: height - 1, in: storage)
      if number < count { records.append(own[number]) }
    }
  }
}
