/// What is wrong with the HDF5 part of a checkpoint; `CheckpointFile` adds the file's name.
package struct HDF5Damage: Error {
  /// Follows "is damaged: ".
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// Reads the fields of a structure in turn, each checked against the structure's end. Numbers are
/// little-endian.
struct HDF5Cursor {
  private let bytes: ArraySlice<UInt8>
  private var next: Int
  /// What the bytes are, for messages.
  private let what: String

  init(_ bytes: ArraySlice<UInt8>, of what: String) {
    self.bytes = bytes
    self.what = what
    next = bytes.startIndex
  }

  /// Bytes that are left.
  var count: Int { bytes.endIndex - next }

  /// The next `count` bytes.
  mutating func take(_ count: Int) throws(HDF5Damage) -> ArraySlice<UInt8> {
    guard count >= 0, count <= self.count else { throw HDF5Damage("\(what) ends in the middle of a field") }
    defer { next += count }
    return bytes[next..<next + count]
  }

  /// A number of 1 to 8 bytes.
  mutating func number(_ size: Int) throws(HDF5Damage) -> UInt64 {
    precondition((1...8).contains(size), "HDF5 numbers have 1 to 8 bytes")
    return try take(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func byte() throws(HDF5Damage) -> UInt8 { UInt8(try number(1)) }

  /// A number that counts or measures something.
  mutating func count(_ size: Int) throws(HDF5Damage) -> Int {
    guard let value = Int(exactly: try number(size)) else {
      throw HDF5Damage("\(what) holds an impossible size")
    }
    return value
  }

  /// A byte address; nil for HDF5's "undefined".
  mutating func address() throws(HDF5Damage) -> Int? {
    let value = try number(8)
    if value == .max { return nil }
    guard let address = Int(exactly: value) else { throw HDF5Damage("\(what) points beyond the file") }
    return address
  }
}
