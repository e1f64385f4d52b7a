/// An index of HDF5's older kind (B-tree, version 1), read from its first entry to its last.
enum HDF5OldBTree {
  /// Calls `entry` with the key and the child's address of each entry.
  /// - Parameters:
  ///   - type: 0 for the names of a group, 1 for the chunks of a data set.
  ///   - keySize: bytes of a key.
  static func read(
    at address: Int, type: UInt8, keySize: Int, in storage: HDF5Storage, _ what: String,
    entry: (ArraySlice<UInt8>, Int) throws -> Void
  ) throws {
    try read(
      at: address, below: nil, Node(type: type, keySize: keySize, what: what), in: storage, entry: entry)
  }

  private struct Node {
    let type: UInt8
    let keySize: Int
    let what: String
  }

  /// - Parameter below: the level of the node above; nil for the root. Levels descend to 0, which bounds the depth.
  private static func read(
    at address: Int, below: UInt8?, _ node: Node, in storage: HDF5Storage,
    entry: (ArraySlice<UInt8>, Int) throws -> Void
  ) throws {
    let prefix = 24
    var beginning = HDF5Cursor(try storage.beginning(at: address, count: prefix, node.what), of: node.what)
    guard try beginning.take(4).elementsEqual("TREE".utf8), try beginning.byte() == node.type else {
      throw HDF5Damage("\(node.what) is not where it should be")
    }
    let level = try beginning.byte()
    let count = try beginning.count(2)
    guard below.map({ level &+ 1 == $0 && $0 > 0 }) ?? (level <= 8) else {
      throw HDF5Damage("\(node.what) has levels of an unknown order")
    }
    let size = prefix + count * (node.keySize + 8) + node.keySize
    var cursor = HDF5Cursor(try storage.structure(at: address, count: size, node.what)[...], of: node.what)
    _ = try cursor.take(prefix)
    for _ in 0..<count {
      let key = try cursor.take(node.keySize)
      guard let child = try cursor.address() else { throw HDF5Damage("\(node.what) leads nowhere") }
      if level == 0 {
        try entry(key, child)
      } else {
        try read(at: child, below: level, node, in: storage, entry: entry)
      }
    }
  }
}
