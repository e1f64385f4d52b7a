/// Writes the two kinds of pickle that the data set has. Protocol 3 and the names of NumPy 1.x let old and new Python
/// programs read them.
package struct PickleWriter {
  private enum Memo: UInt8 {
    case reconstruct, array, dtype
  }

  private(set) var bytes: [UInt8] = [0x80, 3]
  private var known: Set<Memo> = []

  /// A list of strings.
  package static func list(_ strings: [String]) -> [UInt8] {
    var writer = PickleWriter()
    writer.bytes += Array("](".utf8)
    for string in strings { writer.string(string) }
    writer.bytes += Array("e.".utf8)
    return writer.bytes
  }

  /// A dictionary from strings to float64 arrays.
  package static func dictionary(_ entries: [(key: String, values: [Double])]) -> [UInt8] {
    var writer = PickleWriter()
    writer.bytes += Array("}(".utf8)
    for entry in entries {
      writer.string(entry.key)
      writer.array(entry.values)
    }
    writer.bytes += Array("u.".utf8)
    return writer.bytes
  }

  private mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "X"))
    word(UInt32(text.utf8.count))
    bytes += Array(text.utf8)
  }

  private mutating func word(_ value: UInt32) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  /// Writes an object the first time, and a reference to it from then on.
  private mutating func remembered(_ memo: Memo, _ write: (inout PickleWriter) -> Void) {
    if known.insert(memo).inserted {
      write(&self)
      bytes += [UInt8(ascii: "q"), memo.rawValue]
    } else {
      bytes += [UInt8(ascii: "h"), memo.rawValue]
    }
  }

  private mutating func array(_ values: [Double]) {
    remembered(.reconstruct) { $0.bytes += Array("cnumpy.core.multiarray\n_reconstruct\n".utf8) }
    remembered(.array) { $0.bytes += Array("cnumpy\nndarray\n".utf8) }
    // Arguments (ndarray, (0,), b"b"), then the state (1, (count,), dtype, False, data).
    bytes += Array("K\0\u{85}".unicodeScalars.map { UInt8($0.value) }) + Array("C\u{1}b".utf8)
    bytes += [0x87, UInt8(ascii: "R")]
    bytes += Array("(K\u{1}M".utf8)
    withUnsafeBytes(of: UInt16(values.count).littleEndian) { bytes += $0 }
    bytes.append(0x85)
    remembered(.dtype) { $0.float64() }
    bytes += [0x89, UInt8(ascii: "B")]
    word(UInt32(values.count * 8))
    for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
    bytes += Array("tb".utf8)
  }

  /// dtype("f8", False, True) with the state (3, "<", None, None, None, -1, -1, 0).
  private mutating func float64() {
    bytes += Array("cnumpy\ndtype\n".utf8)
    string("f8")
    bytes += [0x89, 0x88, 0x87]
    bytes += Array("R(K\u{3}".utf8)
    string("<")
    bytes += Array("NNN".utf8)
    for _ in 0..<2 {
      bytes.append(UInt8(ascii: "J"))
      word(.max)
    }
    bytes += Array("K\0tb".utf8)
  }
}
