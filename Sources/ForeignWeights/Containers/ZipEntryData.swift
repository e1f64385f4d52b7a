import Basics
import CZlib
import Synchronization

/// Reads the data of the entries of a zip archive. The checksum of an entry is compared once, before its first use.
final class ZipEntryData {
  private let file: OpenFile
  private let archive: ZipArchive
  /// Names of the entries whose checksums were compared.
  private let checked = Mutex<Set<String>>([])

  private static let blockSize = 1 << 18

  init(_ file: OpenFile, _ archive: ZipArchive) { (self.file, self.archive) = (file, archive) }

  /// All bytes of an entry.
  /// - Throws: `InputError` (checkpoint) for an entry of more than `limit` bytes, or a damaged one.
  func contents(of entry: ZipArchive.Entry, limit: Int) throws -> [UInt8] {
    guard entry.size <= limit else {
      throw ZipArchive.error(
        archive.path,
        "has an entry '\(shownName(entry.name))' of \(entry.size) bytes, more than \(limit)")
    }
    var bytes = [UInt8](repeating: 0, count: entry.size)
    try bytes.withUnsafeMutableBytes { try read(entry, from: 0, into: $0) }
    return bytes
  }

  /// Fills a buffer with the uncompressed bytes of an entry that begin at `start`.
  /// - Precondition: they lie within the entry.
  /// - Throws: `InputError` (checkpoint) for a damaged entry.
  func read(_ entry: ZipArchive.Entry, from start: Int, into target: UnsafeMutableRawBufferPointer)
    throws
  {
    precondition(
      start >= 0 && target.count <= entry.size - start, "bytes must lie within their entry")
    try check(entry)
    if entry.isDeflated {
      try inflate(entry) { block, place in
        let (first, end) = (max(start, place), min(start + target.count, place + block.count))
        // Blocks in front of the wanted bytes, and behind them.
        guard first < end else { return }
        let part = UnsafeRawBufferPointer(rebasing: block[first - place..<end - place])
        UnsafeMutableRawBufferPointer(rebasing: target[(first - start)...]).copyMemory(from: part)
      }
    } else {
      try file.read(into: target, at: archive.data(of: entry).lowerBound + start)
    }
  }

  /// Compares the checksum of an entry with that of its data.
  private func check(_ entry: ZipArchive.Entry) throws {
    guard !checked.withLock({ $0.contains(entry.name) }) else { return }
    var crc = crc32(0, nil, 0)
    func add(_ block: UnsafeRawBufferPointer) {
      crc = crc32(crc, block.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(block.count))
    }
    if entry.isDeflated {
      try inflate(entry) { block, _ in add(block) }
    } else {
      let data = try archive.data(of: entry)
      let block = try AlignedBuffer<UInt8>(count: Self.blockSize)
      for start in stride(from: data.lowerBound, to: data.upperBound, by: block.count) {
        let part = UnsafeMutableRawBufferPointer(
          start: block.pointer, count: min(block.count, data.upperBound - start))
        try file.read(into: part, at: start)
        add(UnsafeRawBufferPointer(part))
      }
    }
    guard UInt32(crc) == entry.crc else {
      throw ZipArchive.error(
        archive.path,
        "has an entry '\(shownName(entry.name))' whose bytes do not have their checksum")
    }
    checked.withLock { _ = $0.insert(entry.name) }
  }

  /// Decompresses an entry block by block. No more bytes are made than the table says.
  /// - Parameter body: gets each block, and its place in the uncompressed data.
  private func inflate(
    _ entry: ZipArchive.Entry,
    _ body: (_ block: UnsafeRawBufferPointer, _ place: Int) throws -> Void
  ) throws {
    let damaged = ZipArchive.error(archive.path, "has a damaged entry '\(shownName(entry.name))'")
    let data = try archive.data(of: entry)
    let input = try AlignedBuffer<UInt8>(count: Self.blockSize)
    // One byte more than is announced shows that there is more.
    let output = try AlignedBuffer<UInt8>(count: min(Self.blockSize, entry.size + 1))
    var stream = z_stream()
    guard
      inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else {
      throw InputError(.environment, archive.path, "cannot be decompressed for lack of memory")
    }
    defer { inflateEnd(&stream) }
    var (next, made) = (data.lowerBound, 0)
    while true {
      if stream.avail_in == 0, next < data.upperBound {
        let part = UnsafeMutableRawBufferPointer(
          start: input.pointer, count: min(input.count, data.upperBound - next))
        try file.read(into: part, at: next)
        next += part.count
        stream.next_in = input.pointer
        stream.avail_in = UInt32(part.count)
      }
      stream.next_out = output.pointer
      stream.avail_out = UInt32(output.count)
      let status = CZlib.inflate(&stream, Z_NO_FLUSH)
      let count = output.count - Int(stream.avail_out)
      guard status == Z_OK || status == Z_STREAM_END || (status == Z_BUF_ERROR && count > 0),
        count <= entry.size - made
      else { throw damaged }
      try body(UnsafeRawBufferPointer(start: output.pointer, count: count), made)
      made += count
      if status == Z_STREAM_END { break }
      guard count > 0 || next < data.upperBound || stream.avail_in > 0 else { throw damaged }
    }
    guard made == entry.size else { throw damaged }
  }
}
