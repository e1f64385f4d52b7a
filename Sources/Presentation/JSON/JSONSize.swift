import Foundation

/// A bound on the size of a JSON text when it is decoded, found without decoding it. A value of two bytes
/// takes some dozen bytes of memory once it is decoded.
struct JSONSize {
  private static let depthLimit = 64

  /// A lower bound of the number of values and keys.
  private var values = 0
  private var deepest = 0

  /// Scans a text, which may be malformed.
  init(of data: Data) {
    var (depth, isInText, isEscaped) = (0, false, false)
    for byte in data {
      if isInText {
        switch byte {
        case UInt8(ascii: "\"") where !isEscaped: isInText = false
        case UInt8(ascii: "\\") where !isEscaped:
          isEscaped = true
          continue
        default: break
        }
        isEscaped = false
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInText = true
      case UInt8(ascii: ","), UInt8(ascii: ":"): values += 1
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        values += 1
        depth += 1
        deepest = max(deepest, depth)
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      default: break
      }
    }
  }

  /// Whether the text has at most `limit` values, and is no deeper than the documents of this program.
  func isModest(values limit: Int) -> Bool { values <= limit && deepest <= Self.depthLimit }
}
