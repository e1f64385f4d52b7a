import Basics

#if canImport(Glibc)
  import Glibc
#endif

/// The records of a CSV file, read in blocks, one after the other.
final class CSVRecords {
  /// A value of the current record.
  struct Field {
    /// Its bytes, without the quotes around it.
    let bytes: UnsafeRawBufferPointer
    /// Whether it contains doubled quotes, each of which stands for one.
    let hasQuotes: Bool
  }

  /// The values of the current record, valid until the next one is read.
  private(set) var fields: [Field] = []
  /// The line on which the current record begins, from 1 on.
  private(set) var line = 1

  private let path: String
  private let file: InputFile
  private let limits: TableLimits
  private var buffer: UnsafeMutableRawBufferPointer
  /// The bytes of the buffer that have been read from the file and not yet been used.
  private var pending = 0..<0
  private var nextLine = 1
  private var isAtEnd = false

  /// - Throws: `InputError` (data) when the file is absent, unreadable or too large.
  init(_ path: String, limits: TableLimits) throws {
    self.path = path
    self.limits = limits
    file = try InputFile(path, limit: limits.fileBytes)
    buffer = .allocate(byteCount: min(1 << 20, limits.recordBytes), alignment: 16)
    try fill()
    try skipByteOrderMark()
  }

  deinit { buffer.deallocate() }

  /// Reads the next record that is not an empty line; false at the end of the file.
  func next() throws -> Bool {
    while true {
      if pending.isEmpty && isAtEnd { return false }
      line = nextLine
      if let end = try scan() {
        let isEmpty = fields.count == 1 && fields[0].bytes.isEmpty && buffer[pending.lowerBound] != quote
        pending = end..<pending.upperBound
        if !isEmpty { return true }
      } else {
        try fill()
      }
    }
  }

  func problem(_ text: String, line: Int? = nil, remedy: String? = nil) -> InputError {
    InputError(.data, path, "line \(line ?? self.line) \(text)", remedy: remedy)
  }

  /// Moves the pending bytes to the beginning of the buffer and reads behind them.
  private func fill() throws {
    if pending.count == buffer.count {
      guard buffer.count < limits.recordBytes else {
        throw problem(
          "has more than \(limits.recordBytes) bytes", remedy: "check that each quote that opens is closed")
      }
      let larger = UnsafeMutableRawBufferPointer.allocate(
        byteCount: min(2 * buffer.count, limits.recordBytes), alignment: 16)
      larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[pending]))
      buffer.deallocate()
      buffer = larger
    } else if pending.lowerBound > 0 {
      memmove(buffer.baseAddress!, buffer.baseAddress! + pending.lowerBound, pending.count)
    }
    let free = UnsafeMutableRawBufferPointer(rebasing: buffer[pending.count...])
    let count = try file.read(into: free)
    isAtEnd = count < free.count
    pending = 0..<pending.count + count
  }

  private func skipByteOrderMark() throws {
    if buffer[pending].starts(with: [0xEF, 0xBB, 0xBF]) {
      pending = 3..<pending.upperBound
    } else if buffer[pending].starts(with: [0xFF, 0xFE]) || buffer[pending].starts(with: [0xFE, 0xFF]) {
      throw InputError(
        .data, path, "expected text in UTF-8, found UTF-16", remedy: "save the table as CSV in UTF-8")
    }
  }
}

private let quote: UInt8 = 0x22
private let comma: UInt8 = 0x2C
private let lineFeed: UInt8 = 0x0A
private let carriageReturn: UInt8 = 0x0D

// Finding the end of a record.
extension CSVRecords {
  /// Finds the values of the record at the beginning of the pending bytes.
  /// - Returns: where the next record begins; nil if this one does not end in the bytes read so far.
  private func scan() throws -> Int? {
    fields.removeAll(keepingCapacity: true)
    let bytes = UnsafeRawBufferPointer(buffer)
    let end = pending.upperBound
    var position = pending.lowerBound
    var lines = 1
    while true {
      if position < end && bytes[position] == quote {
        guard let close = try quoted(from: position, &lines) else { return nil }
        position = close
      } else {
        let start = position
        while position < end {
          let byte = bytes[position]
          if byte == comma || byte == lineFeed || byte == carriageReturn || byte == quote { break }
          position += 1
        }
        if position == end && !isAtEnd { return nil }
        if position < end && bytes[position] == quote {
          throw problem(
            "has a quote inside a value that does not begin with one",
            remedy: "put the value in quotes and double the quotes inside")
        }
        let value = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        fields.append(Field(bytes: value, hasQuotes: false))
      }
      guard fields.count <= limits.columns else {
        throw problem("has more than \(limits.columns) values", remedy: "split the table")
      }
      if position == end {
        guard isAtEnd else { return nil }
        nextLine = line + lines
        return end
      }
      switch bytes[position] {
      case comma: position += 1
      case lineFeed:
        nextLine = line + lines
        return position + 1
      case carriageReturn:
        guard position + 1 < end || isAtEnd else { return nil }
        guard position + 1 < end, bytes[position + 1] == lineFeed else {
          throw problem(
            "has a carriage return without a line feed", remedy: "end the lines with LF or CR LF")
        }
        nextLine = line + lines
        return position + 2
      default:
        throw problem(
          "has text behind a quote that closes a value",
          remedy: "double the quotes inside the value")
      }
    }
  }

  /// Appends the value in quotes that begins at `start`.
  /// - Returns: the position behind the quote that closes it; nil if that has not been read yet.
  private func quoted(from start: Int, _ lines: inout Int) throws -> Int? {
    let base = UnsafeRawPointer(buffer.baseAddress!)
    let end = pending.upperBound
    var (position, hasQuotes) = (start + 1, false)
    while let found = memchr(base + position, Int32(quote), end - position) {
      let close = base.distance(to: found)
      if close + 1 == end && !isAtEnd { return nil }
      if close + 1 < end && buffer[close + 1] == quote {
        (position, hasQuotes) = (close + 2, true)
        continue
      }
      let bytes = UnsafeRawBufferPointer(start: base + start + 1, count: close - start - 1)
      lines += bytes.reduce(into: 0) { $0 += $1 == lineFeed ? 1 : 0 }
      fields.append(Field(bytes: bytes, hasQuotes: hasQuotes))
      return close + 1
    }
    guard isAtEnd else { return nil }
    throw problem("has a quote that is not closed before the end of the file", line: line + lines - 1)
  }
}

extension CSVRecords.Field {
  /// Calls `body` with the bytes that the value stands for.
  func withText<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
    guard hasQuotes else { return try body(bytes.assumingMemoryBound(to: UInt8.self)) }
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var isSecond = false
    for byte in bytes {
      isSecond = byte == quote && !isSecond
      if !isSecond { text.append(byte) }
    }
    return try text.withUnsafeBufferPointer(body)
  }
}
