import Basics

/// Small arrays as numbers and texts: labels, codes, fields.
extension HDF5Array {
  /// The most bytes of rows that become numbers at a time.
  private static let valueLimit = 1 << 30

  /// Rows that are read at a time.
  private func blockRows(_ bytes: Int) -> Int { max(1, bytes / max(1, rowBytes)) }

  /// The elements of rows as doubles, row-major. Integers beyond 2⁵³ are rounded.
  /// - Throws: `InputError` (data) for texts and for more than 1 GiB, and as `read`.
  package func doubles(_ rows: Range<Int>) throws -> [Double] {
    guard let total = TensorSize.bytes(shape: [rows.count, rowElements], elementBytes: element.bytes),
      total <= Self.valueLimit
    else {
      throw InputError(
        .data, source, "has rows of \(rowBytes) bytes, too many for labels",
        remedy: "check the name of the data set")
    }
    var bytes = [UInt8](repeating: 0, count: rows.count * rowBytes)
    try bytes.withUnsafeMutableBytes { try read(rows, into: $0) }
    func converted<Number: BitwiseCopyable>(_: Number.Type, _ value: (Number) -> Double) -> [Double] {
      bytes.withUnsafeBytes { bytes in
        (0..<rows.count * rowElements).map {
          value(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Number>.size, as: Number.self))
        }
      }
    }
    switch element.kind {
    case .int8: return converted(Int8.self) { Double($0) }
    case .int16: return converted(Int16.self) { Double($0) }
    case .int32: return converted(Int32.self) { Double($0) }
    case .int64: return converted(Int64.self) { Double($0) }
    case .uint8: return converted(UInt8.self) { Double($0) }
    case .uint16: return converted(UInt16.self) { Double($0) }
    case .uint32: return converted(UInt32.self) { Double($0) }
    case .uint64: return converted(UInt64.self) { Double($0) }
    case .float32: return converted(Float.self) { Double($0) }
    case .float64: return converted(Double.self) { $0 }
    case .text, .spacedText, .variableText:
      throw InputError(
        .data, source, "holds texts, expected numbers", remedy: "check the name of the data set")
    }
  }

  /// Calls `body` with the bytes of the text of each row, in order: UTF-8 without padding. A number is written in decimal
  /// digits.
  /// - Throws: `InputError` (data) when a row has several elements or no text in UTF-8, and as `read`; what `body` throws.
  package func forEachText(_ body: (UnsafeBufferPointer<UInt8>) throws -> Void) throws {
    guard rowElements == 1 else {
      throw InputError(
        .data, source, "has rows of \(rowElements) elements, expected one text or number a row",
        remedy: "check the name of the data set")
    }
    let heap = try HDF5ArrayFile.described(place.path) {
      HDF5TextHeap(
        try HDF5Storage(
          place.file.file, userBlock: place.userBlock, structureLimit: HDF5ArrayFile.structureLimit))
    }
    let step = blockRows(1 << 20)
    for start in stride(from: 0, to: rowCount, by: step) {
      let rows = start..<min(rowCount, start + step)
      if !element.kind.isText {
        for number in try numberTexts(rows) { try Self.with(Array(number.utf8)[...], body) }
        continue
      }
      var bytes = [UInt8](repeating: 0, count: rows.count * rowBytes)
      try bytes.withUnsafeMutableBytes { try read(rows, into: $0) }
      for row in rows {
        let own = bytes[(row - start) * rowBytes..<(row - start + 1) * rowBytes]
        let text = try HDF5ArrayFile.described(place.path) { try self.text(own, heap, row: row) }
        guard String(validating: text, as: UTF8.self) != nil else {
          throw InputError(
            .data, source, "has no text in UTF-8 in row \(row)", remedy: "store texts in UTF-8")
        }
        try Self.with(text, body)
      }
    }
  }

  private static func with(
    _ text: ArraySlice<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws { try text.withUnsafeBufferPointer(body) }

  private func numberTexts(_ rows: Range<Int>) throws -> [String] {
    switch element.kind {
    case .float32: try doubles(rows).map { "\(Float($0))" }
    case .float64: try doubles(rows).map { "\($0)" }
    case .int64, .uint64:
      // Doubles round large numbers.
      try integerTexts(rows)
    case .int8, .int16, .int32, .uint8, .uint16, .uint32: try doubles(rows).map { "\(Int($0))" }
    case .text, .spacedText, .variableText: preconditionFailure("a text is no number")
    }
  }

  private func integerTexts(_ rows: Range<Int>) throws -> [String] {
    var values = [Int64](repeating: 0, count: rows.count)
    try values.withUnsafeMutableBytes { try read(rows, into: $0) }
    return values.map { element.kind == .int64 ? "\($0)" : "\(UInt64(bitPattern: $0))" }
  }

  /// The bytes of a text without its padding.
  private func text(_ stored: ArraySlice<UInt8>, _ heap: HDF5TextHeap, row: Int) throws -> ArraySlice<UInt8> {
    switch element.kind {
    case .text: return stored.prefix { $0 != 0 }
    case .spacedText:
      let end = stored.lastIndex { $0 != 0x20 }
      return stored[..<(end.map { $0 + 1 } ?? stored.startIndex)]
    case .variableText:
      return try heap.text(stored, "the text of row \(row) of '\(place.name)'").prefix { $0 != 0 }
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float32, .float64:
      preconditionFailure("a number is no text")
    }
  }
}

/// The texts of any length in a file (global heap). Each collection of texts is read once.
private final class HDF5TextHeap {
  private let storage: HDF5Storage
  private var collections: [Int: (bytes: [UInt8], objects: [Int: Range<Int>])] = [:]

  init(_ storage: HDF5Storage) { self.storage = storage }

  /// The text to which the element of a data set leads: a length, the address of a collection, and a number in it.
  func text(_ element: ArraySlice<UInt8>, _ what: String) throws -> ArraySlice<UInt8> {
    var cursor = HDF5Cursor(element, of: what)
    let length = try cursor.count(4)
    let address = try cursor.address()
    let number = try cursor.count(4)
    if length == 0 { return [] }
    guard let address, address > 0 else { throw HDF5Damage("\(what) leads nowhere") }
    let collection = try collections[address] ?? read(at: address, what)
    guard let place = collection.objects[number], length <= place.count else {
      throw HDF5Damage("\(what) is not where it should be")
    }
    return collection.bytes[place.prefix(length)]
  }

  private func read(at address: Int, _ what: String) throws -> (bytes: [UInt8], objects: [Int: Range<Int>]) {
    let prefix = 16
    var beginning = HDF5Cursor(try storage.beginning(at: address, count: prefix, what), of: what)
    guard try beginning.take(4).elementsEqual("GCOL".utf8), try beginning.byte() == 1 else {
      throw HDF5Damage("\(what) is not where it should be")
    }
    _ = try beginning.take(3)
    let bytes = try storage.structure(at: address, count: try beginning.count(8), what)
    var cursor = HDF5Cursor(bytes.dropFirst(prefix), of: what)
    var objects: [Int: Range<Int>] = [:]
    // Number 0 is the room that is left.
    while cursor.count >= prefix, case let number = try cursor.count(2), number > 0 {
      _ = try cursor.take(6)
      let size = try cursor.count(8)
      let object = try cursor.take(size)
      objects[number] = object.startIndex..<object.endIndex
      _ = try cursor.take(min(cursor.count, (8 - size % 8) % 8))
    }
    collections[address] = (bytes, objects)
    return (bytes, objects)
  }
}
