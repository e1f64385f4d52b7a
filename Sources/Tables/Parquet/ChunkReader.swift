import Basics
import CZlib

/// Reads the pages of columns.
struct ChunkReader {
  private let file: OpenFile
  /// Where the footer begins, and pages end.
  private let end: Int
  private let limits: TableLimits
  private let decompressor = PageDecompressor()
  private let batches = ParquetColumn.Batches()
  private var budget: TextBudget
  private var storedLeft: Int
  private var decompressedLeft: Int

  init(file: OpenFile, end: Int, limits: TableLimits) {
    self.file = file
    self.end = end
    self.limits = limits
    budget = TextBudget(limits)
    // Chunks do not overlap, so together they are not larger than the file.
    storedLeft = end
    decompressedLeft = limits.decompressedBytes
  }

  /// Reads a column from all groups of rows.
  mutating func read(_ column: ParquetSchema.Column, of footer: ParquetFooter) throws -> TableColumn {
    let leaf: ParquetSchema.Leaf
    switch column.content {
    case .values(let found): leaf = found
    case .unsupported(let what): throw ParquetFault.unsupported(what)
    }
    var result = ParquetColumn(leaf, batches: batches)
    for group in footer.groups {
      let before = result.rows
      try read(group.chunks[leaf.index], isList: leaf.isList, rows: group.rows, into: &result)
      guard result.rows - before == group.rows else {
        throw ParquetFault.damaged("\(result.rows - before) rows in a group of \(group.rows)")
      }
    }
    return result.column()
  }

  private mutating func read(
    _ chunk: ParquetFooter.Chunk, isList: Bool, rows: Int, into column: inout ParquetColumn
  ) throws {
    guard !chunk.isElsewhere else { throw ParquetFault.unsupported("pages in another file") }
    guard isList ? chunk.values >= rows : chunk.values == rows else {
      throw ParquetFault.damaged("\(chunk.values) values in a group of \(rows) rows")
    }
    guard chunk.values <= limits.values else {
      throw ParquetFault.tooLarge(
        "has \(chunk.values) values, more than the \(limits.values) that are read")
    }
    guard chunk.values > 0 else { return }
    let codec = try ParquetCodec(number: chunk.codec)
    let start = chunk.offset
    guard start >= 4, start <= end, chunk.bytes <= end - start, chunk.bytes <= storedLeft else {
      throw ParquetFault.damaged("its pages lie outside of the file or overlap")
    }
    storedLeft -= chunk.bytes
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, chunk.bytes), alignment: 16)
    defer { memory.deallocate() }
    let bytes = UnsafeMutableRawBufferPointer(rebasing: memory[..<chunk.bytes])
    try file.read(into: bytes, at: start)
    try read(UnsafeRawBufferPointer(bytes), chunk.values, rows: rows, codec, into: &column)
  }

  private mutating func read(
    _ bytes: UnsafeRawBufferPointer, _ count: Int, rows: Int, _ codec: ParquetCodec,
    into column: inout ParquetColumn
  ) throws {
    column.begin()
    let last = column.rows + rows
    var (left, position, isOpen) = (count, 0, false)
    while left > 0 {
      var reader = ThriftReader(bytes, at: position)
      let header = try PageHeader(&reader)
      guard header.storedBytes <= bytes.count - reader.position else {
        throw ParquetFault.damaged("a page goes beyond its column")
      }
      position = reader.position + header.storedBytes
      let page = UnsafeRawBufferPointer(rebasing: bytes[reader.position..<position])
      try check(header, page, left: left)
      switch header.kind {
      case .other: continue
      case .dictionary:
        try column.readDictionary(
          header, try decompressor.decompress(page, codec, size: header.bytes), budget)
      case .data1: try readData1(header, page, codec, &column, &isOpen)
      case .data2: try readData2(header, page, codec, &column, &isOpen)
      }
      if header.kind != .dictionary { left -= header.values }
      guard column.rows <= last else { throw ParquetFault.damaged("more than the \(rows) rows of a group") }
    }
    column.closeList(isOpen: isOpen)
  }

  private mutating func check(_ header: PageHeader, _ page: UnsafeRawBufferPointer, left: Int) throws {
    guard header.bytes <= limits.pageBytes else {
      throw ParquetFault.tooLarge(
        "has a page of \(header.bytes) bytes, more than the \(limits.pageBytes) that are read")
    }
    decompressedLeft -= header.bytes
    guard decompressedLeft >= 0 else {
      throw ParquetFault.tooLarge("brings the pages above \(limits.decompressedBytes) bytes")
    }
    if header.kind == .data1 || header.kind == .data2 {
      guard header.values <= left else {
        throw ParquetFault.damaged("pages have more values than the column")
      }
    }
    if let checksum = header.checksum {
      let found = crc32_z(0, page.assumingMemoryBound(to: UInt8.self).baseAddress, page.count)
      guard UInt32(truncatingIfNeeded: found) == UInt32(truncatingIfNeeded: checksum) else {
        throw ParquetFault.damaged("a page has another CRC-32 than its header says")
      }
    }
  }

  /// Reads a page of version 1: levels and values are compressed together.
  private mutating func readData1(
    _ header: PageHeader, _ page: UnsafeRawBufferPointer, _ codec: ParquetCodec,
    _ column: inout ParquetColumn, _ isOpen: inout Bool
  ) throws {
    var bytes = try decompressor.decompress(page, codec, size: header.bytes)
    let has = column.levels
    for (encoding, isUsed) in zip(header.levelEncodings, [has.definition, has.repetition]) where isUsed {
      guard encoding == PageHeader.levelRuns else {
        throw ParquetFault.unsupported("the encoding number \(encoding) of levels")
      }
    }
    let empty = UnsafeRawBufferPointer(start: nil, count: 0)
    let repetition = has.repetition ? try bytes.cutLengthAndBytes() : empty
    let definition = has.definition ? try bytes.cutLengthAndBytes() : empty
    try column.read(
      header, ParquetColumn.Levels(repetition: repetition, definition: definition), bytes, isOpen: &isOpen,
      &budget)
  }

  /// Reads a page of version 2: only values are compressed.
  private mutating func readData2(
    _ header: PageHeader, _ page: UnsafeRawBufferPointer, _ codec: ParquetCodec,
    _ column: inout ParquetColumn, _ isOpen: inout Bool
  ) throws {
    var bytes = page
    let levels = ParquetColumn.Levels(
      repetition: try bytes.cut(header.repetitionBytes), definition: try bytes.cut(header.definitionBytes))
    let size = header.bytes - header.repetitionBytes - header.definitionBytes
    guard size >= 0 else { throw ParquetFault.damaged("a page is smaller than its levels") }
    // A page without values has no bytes that could be decompressed.
    let isStored = !header.isCompressed || (size == 0 && bytes.isEmpty)
    bytes = try decompressor.decompress(bytes, isStored ? .none : codec, size: size)
    let before = column.rows + (isOpen ? 1 : 0)
    try column.read(header, levels, bytes, isOpen: &isOpen, &budget)
    let rows = column.rows + (isOpen ? 1 : 0) - before
    guard header.rows == nil || header.rows == rows else {
      throw ParquetFault.damaged("a page has \(rows) rows, its header says \(header.rows ?? 0)")
    }
  }
}
