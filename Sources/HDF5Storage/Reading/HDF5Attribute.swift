/// A number in the header of an object, such as "epoch" of `/progress`.
struct HDF5Attribute {
  let name: ArraySlice<UInt8>
  private let type: HDF5Type?
  private let value: ArraySlice<UInt8>

  /// Reads an attribute message.
  init(_ body: ArraySlice<UInt8>, of object: String) throws(HDF5Damage) {
    var cursor = HDF5Cursor(body, of: "an attribute of '\(object)'")
    let version = try cursor.byte()
    let flags = try cursor.byte()
    guard version == 3, flags == 0 else {
      throw HDF5Damage("'\(object)' has an attribute of an unknown form")
    }
    let (nameSize, typeSize, spaceSize) = (try cursor.count(2), try cursor.count(2), try cursor.count(2))
    // Skips the character set of the name.
    _ = try cursor.byte()
    name = try cursor.take(nameSize).dropLast()
    type = try HDF5Type(try cursor.take(typeSize))
    let shape = try HDF5Shape.read(try cursor.take(spaceSize), of: "an attribute of '\(object)'")
    guard shape.isEmpty else { throw HDF5Damage("'\(object)' has an attribute that is not one number") }
    value = try cursor.take(cursor.count)
  }

  /// The value, if it is a text in UTF-8.
  var text: String? {
    guard case .text(let size) = type, value.count >= size else { return nil }
    return String(validating: value.prefix(size).prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The value, if it is stored as `Value`.
  func number<Value: HDF5Number>(_: Value.Type) -> Value? {
    guard type == Value.storedType, value.count >= MemoryLayout<Value>.size else { return nil }
    return Value(littleEndianBytes: value.prefix(MemoryLayout<Value>.size))
  }
}
