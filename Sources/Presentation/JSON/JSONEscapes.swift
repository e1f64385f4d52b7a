import Foundation

extension Data {
  /// The same JSON, with control characters and other invisible characters written as escapes. The encoder
  /// itself escapes only those below U+0020.
  ///
  /// The data are UTF-8, as an encoder gives them.
  var escapingInvisible: Data {
    withUnsafeBytes { bytes in
      var result = Data()
      // Bytes before this place are in the result.
      var done = 0
      var next = 0
      while next < bytes.count {
        guard bytes[next] >= 0x7F else {
          next += 1
          continue
        }
        let (value, length) = Self.scalar(bytes[next...])
        if let scalar = Unicode.Scalar(value), scalar.isInvisible {
          result.append(contentsOf: bytes[done..<next])
          for unit in UTF16.encode(scalar)! { result.append(contentsOf: Self.escape(unit)) }
          done = next + length
        }
        next += length
      }
      if done == 0 { return self }
      result.append(contentsOf: bytes[done...])
      return result
    }
  }

  /// The first character of UTF-8 bytes, and how many of them it takes.
  private static func scalar(_ bytes: Slice<UnsafeRawBufferPointer>) -> (value: UInt32, length: Int) {
    let first = bytes[bytes.startIndex]
    let length = Swift.max(1, (~first).leadingZeroBitCount)
    let head = UInt32(first) & (length == 1 ? 0x7F : 0xFF >> UInt32(length + 1))
    return (bytes.dropFirst().prefix(length - 1).reduce(head) { $0 << 6 | UInt32($1 & 0x3F) }, length)
  }

  private static func escape(_ unit: UInt16) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return [UInt8(ascii: "\\"), UInt8(ascii: "u")]
      + stride(from: 12, through: 0, by: -4).map { digits[Int(unit >> UInt16($0) & 15)] }
  }
}

extension Unicode.Scalar {
  fileprivate var isInvisible: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse: true
    default: false
    }
  }
}
