/// A table of chunks (fixed array), in one piece or in pages.
struct HDF5ChunkArray {
  /// An address, with the size and the skipped filters of an encoded chunk; nil in a page that was never written.
  private(set) var entries: [ArraySlice<UInt8>?] = []

  init(at address: Int, count: Int, isEncoded: Bool, in storage: HDF5Storage, _ what: String) throws {
    let header = try storage.sealed(at: address, count: 28, signature: "FAHD", what)
    var cursor = HDF5Cursor(header, of: what)
    let version = try cursor.byte()
    let (client, entrySize, pageBits) = (try cursor.byte(), Int(try cursor.byte()), Int(try cursor.byte()))
    let capacity = try cursor.count(8)
    // A table without a block lists no chunk.
    guard let block = try cursor.address() else { return }
    guard version == 0, client == (isEncoded ? 1 : 0), (8...20).contains(entrySize),
      (1...20).contains(pageBits)
    else { throw HDF5Damage("\(what) has an unknown form") }
    guard capacity == count else {
      throw HDF5Refusal(
        "\(what) has room for \(capacity) chunks and not \(count)", remedy: HDF5Refusal.rewrite)
    }
    // Signature, version, client, address of the header, checksum.
    let prefix = 14
    let pageEntries = 1 << pageBits
    guard count > pageEntries else {
      let bytes = try storage.sealed(
        at: block, count: prefix + count * entrySize + 4, signature: "FADB", what)
      try add(bytes.dropFirst(prefix - 4), count: count, entrySize, what)
      return
    }
    let pages = (count - 1) / pageEntries + 1
    let mapBytes = (pages + 7) / 8
    let map = Array(
      try storage.sealed(at: block, count: prefix + mapBytes + 4, signature: "FADB", what).suffix(mapBytes))
    var place = block + prefix + mapBytes + 4
    for page in 0..<pages {
      let own = min(pageEntries, count - page * pageEntries)
      let size = own * entrySize + 4
      if map[page / 8] >> UInt8(7 - page % 8) & 1 != 0 {
        let bytes = try storage.sealed(at: place, count: size, signature: "", what)
        try add(bytes, count: own, entrySize, what)
      } else {
        entries += repeatElement(nil, count: own)
      }
      place += size
    }
  }

  private mutating func add(
    _ bytes: ArraySlice<UInt8>, count: Int, _ entrySize: Int, _ what: String
  ) throws(HDF5Damage) {
    var cursor = HDF5Cursor(bytes, of: what)
    for _ in 0..<count { entries.append(try cursor.take(entrySize)) }
  }
}
