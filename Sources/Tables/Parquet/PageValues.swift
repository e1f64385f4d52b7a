/// The values of a page that are there, one after the other.
struct PageValues {
  private enum Source {
    /// Numbers of texts of a dictionary, as runs.
    case runs(RunReader)
    /// Booleans, a bit each.
    case bits
    case plain(ParquetType)
  }

  private var source: Source
  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  /// The texts that numbers stand for.
  private let texts: Int
  /// Numbers that have been read in advance.
  private var numbers: UnsafeMutableBufferPointer<UInt32>
  private var nextNumber = 0

  /// The most values that can be prepared at once.
  static let batch = 1024

  /// - Parameters:
  ///   - bytes: the page behind its levels.
  ///   - texts: how many texts the dictionary has; nil without one.
  ///   - numbers: memory for `batch` numbers.
  init(
    _ bytes: UnsafeRawBufferPointer, encoding: Int, type: ParquetType, texts: Int?,
    numbers: UnsafeMutableBufferPointer<UInt32>
  ) throws {
    self.numbers = numbers
    var (bytes, count) = (bytes, 2)
    switch (encoding, type) {
    case (0, .boolean): source = .bits
    case (0, _): source = .plain(type)
    case (2, _), (8, _):
      guard let texts, type != .boolean else { throw ParquetFault.damaged("a page has no dictionary") }
      count = texts
      // A page without values may have no bytes.
      let width = bytes.first ?? 0
      bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
      source = .runs(try RunReader(bytes, width: Int(width)))
    case (3, .boolean):
      source = .runs(try RunReader(try bytes.cutLengthAndBytes(), width: 1))
    default: throw ParquetFault.unsupported("encoding \(Self.name(encoding))")
    }
    (self.bytes, self.texts) = (bytes, count)
  }

  private static func name(_ encoding: Int) -> String {
    let names = [
      3: "RLE", 4: "BIT_PACKED", 5: "DELTA_BINARY_PACKED", 6: "DELTA_LENGTH_BYTE_ARRAY",
      7: "DELTA_BYTE_ARRAY", 9: "BYTE_STREAM_SPLIT",
    ]
    return names[encoding] ?? "number \(encoding)"
  }

  /// Whether the values are numbers of texts.
  var areNumbered: Bool {
    switch source {
    case .runs, .bits: true
    case .plain: false
    }
  }

  /// Reads numbers in advance.
  /// - Parameter count: at most `batch`.
  mutating func prepare(_ count: Int) throws {
    switch source {
    case .plain: return
    case .bits:
      guard position + count <= 8 * bytes.count else { throw ParquetFault.damaged("booleans are cut off") }
      for index in 0..<count {
        let bit = position + index
        numbers[index] = UInt32(bytes[bit >> 3] >> UInt8(bit & 7) & 1)
      }
      position += count
    case .runs(var runs):
      let wanted = UnsafeMutableBufferPointer(rebasing: numbers[..<count])
      try runs.read(into: wanted)
      source = .runs(runs)
      for number in wanted where number >= texts {
        throw ParquetFault.damaged("text \(number) of a dictionary of \(texts)")
      }
    }
    nextNumber = 0
  }

  /// The number of the next value's text.
  /// - Precondition: `prepare` has read it.
  mutating func number() -> Int {
    defer { nextNumber += 1 }
    return Int(numbers[nextNumber])
  }

  /// Calls `body` with the text of the next value, which is not numbered.
  mutating func withText(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
    guard case .plain(let type) = source else { preconditionFailure("numbered values are read as numbers") }
    switch type {
    case .text:
      let count = Int(try load(UInt32.self))
      guard count <= bytes.count - position else { throw ParquetFault.damaged("a text is cut off") }
      let text = UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
      position += count
      try body(text.assumingMemoryBound(to: UInt8.self))
    case .boolean: preconditionFailure("booleans are numbered")
    case .int32(let isSigned):
      let bits = try load(UInt32.self)
      try NumberText.with(isSigned ? Int64(Int32(bitPattern: bits)) : Int64(bits), body)
    case .int64(let isSigned):
      let bits = try load(UInt64.self)
      if isSigned {
        try NumberText.with(Int64(bitPattern: bits), body)
      } else {
        try NumberText.with(bits, body)
      }
    case .float: try NumberText.with(Float(bitPattern: try load(UInt32.self)), body)
    case .double: try NumberText.with(Double(bitPattern: try load(UInt64.self)), body)
    }
  }

  private mutating func load<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type) throws -> Word {
    let size = MemoryLayout<Word>.size
    guard size <= bytes.count - position else { throw ParquetFault.damaged("values are cut off") }
    defer { position += size }
    return Word(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Word.self))
  }
}

extension UnsafeRawBufferPointer {
  /// Takes bytes off the beginning.
  mutating func cut(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count <= self.count else { throw ParquetFault.damaged("a page is cut off") }
    defer { self = UnsafeRawBufferPointer(rebasing: self[count...]) }
    return UnsafeRawBufferPointer(rebasing: self[..<count])
  }

  /// Takes a number of four bytes off the beginning, and as many bytes as it says.
  mutating func cutLengthAndBytes() throws -> UnsafeRawBufferPointer {
    let length = try cut(4).loadUnaligned(as: UInt32.self)
    return try cut(Int(UInt32(littleEndian: length)))
  }
}
