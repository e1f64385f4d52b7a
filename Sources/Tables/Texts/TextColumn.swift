/// Texts of the rows of a column, as bytes in one array.
///
/// Distinct texts are stored once, and a row is a number of four bytes, where that is smaller. Example: 549,488 rows of
/// ten countries take 2.2 MB. A column of ids that all differ stores each row's bytes and keeps no hash table.
package struct TextColumn: Sendable {
  /// The bytes of all values, one behind the other.
  @usableFromInline var bytes: [UInt8] = []
  /// Where each value ends in `bytes`.
  @usableFromInline var ends: [UInt32] = []
  /// The value of each row; unused where each row is a value of its own.
  @usableFromInline var numbers: [UInt32] = []
  /// Whether `numbers` says which value a row has.
  @usableFromInline var isShared = true

  private var slots = TextSlots()
  /// Bytes of the texts of all rows, if each row had its own.
  private var length = 0
  /// The row count at which the two forms are compared next.
  private var review = 1024

  package init() {}

  /// - Parameter sharing: false stores each row's text even if it is that of another row.
  init(sharing: Bool) { isShared = sharing }

  /// Rows.
  @inlinable package var count: Int { isShared ? numbers.count : ends.count }

  /// Whether rows with equal texts share one. Otherwise most texts differ.
  package var sharesTexts: Bool { isShared }

  /// Bytes of memory that the column takes.
  package var memory: Int {
    bytes.capacity + 4 * (ends.capacity + numbers.capacity) + slots.memory
  }

  /// The text of a row. Bytes that are not UTF-8 become the replacement character.
  package subscript(row: Int) -> String { withBytes(of: row) { String(decoding: $0, as: UTF8.self) } }

  /// Calls `body` with the bytes of a row's text, which are valid during the call.
  @inlinable package func withBytes<Result, Failure: Error>(
    of row: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withBytes(ofValue: isShared ? Int(numbers[row]) : row, body)
  }

  @inlinable func withBytes<Result, Failure: Error>(
    ofValue value: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = value == 0 ? 0 : Int(ends[value - 1])
    let end = Int(ends[value])
    return try bytes.withUnsafeBufferPointer { all throws(Failure) in
      try body(UnsafeBufferPointer(rebasing: all[start..<end]))
    }
  }
}

// Building.
extension TextColumn {
  /// Appends a row.
  /// - Precondition: fewer than 4 GiB of texts and fewer than 2³² − 1 rows.
  @inlinable package mutating func append(_ text: some Collection<UInt8>) {
    if text.withContiguousStorageIfAvailable({ append(bytes: $0) }) == nil {
      Array(text).withUnsafeBufferPointer { append(bytes: $0) }
    }
  }

  /// Appends a row.
  package mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(bytes: $0) }
  }

  /// Appends a row.
  package mutating func append(bytes text: UnsafeBufferPointer<UInt8>) {
    if isShared {
      append(value: value(of: text))
    } else {
      store(text)
    }
  }

  /// Reserves memory for rows whose texts all differ.
  package mutating func reserve(rows: Int) {
    if isShared { numbers.reserveCapacity(rows) } else { ends.reserveCapacity(rows) }
  }

  /// Gives back memory that only further rows would need. A later `append` takes it again.
  package mutating func trim() {
    slots = TextSlots()
    bytes.trim()
    ends.trim()
    numbers.trim()
  }

  /// The number of a text among the values; a new text is stored.
  /// - Precondition: the column is shared.
  mutating func value(of text: UnsafeBufferPointer<UInt8>) -> Int {
    if slots.count < ends.count { indexValues() }
    let hash = TextHash.hash(text)
    let known = slots.number(hash: hash) { value in withBytes(ofValue: value) { isSame($0, text) } }
    if let known { return known }
    slots.insert(hash: hash, number: ends.count)
    store(text)
    return ends.count - 1
  }

  /// Appends a row that has a known value.
  /// - Precondition: the column is shared.
  mutating func append(value: Int) {
    numbers.append(UInt32(value))
    length += Int(ends[value]) - (value == 0 ? 0 : Int(ends[value - 1]))
    if numbers.count == review {
      review *= 2
      unshareIfSmaller()
    }
  }

  private mutating func store(_ text: UnsafeBufferPointer<UInt8>) {
    precondition(bytes.count + text.count <= Int(UInt32.max), "the texts of a column stay below 4 GiB")
    bytes.append(contentsOf: text)
    ends.append(UInt32(bytes.count))
  }

  private mutating func indexValues() {
    slots = TextSlots()
    for value in ends.indices {
      slots.insert(hash: withBytes(ofValue: value) { TextHash.hash($0) }, number: value)
    }
  }

  private mutating func unshareIfSmaller() {
    let own = length + 4 * numbers.count
    guard own <= bytes.count + 4 * (ends.count + numbers.count), length <= Int(UInt32.max) / 2 else { return }
    var column = TextColumn()
    column.isShared = false
    column.bytes.reserveCapacity(2 * length)
    column.ends.reserveCapacity(2 * numbers.count)
    for row in numbers.indices { withBytes(of: row) { column.store($0) } }
    self = column
  }
}

extension Array {
  /// Copies the elements into memory of their size if the array holds a quarter more.
  fileprivate mutating func trim() {
    guard capacity > count + count / 4 else { return }
    var exact: [Element] = []
    exact.reserveCapacity(count)
    exact.append(contentsOf: self)
    self = exact
  }
}
