import Foundation

/// How much a JSON text will become when it is decoded, found without decoding it: a value of two bytes takes
/// some dozen bytes of memory.
struct JSONSize {
  private static let depthLimit = 64

  /// Values and keys, at least.
  private var values = 0
  private var deepest = 0

  /// Looks at a text, which need not be sound.
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

  /// Whether it is no deeper than the documents of this program, and has no more values than this.
  func isModest(values limit: Int) -> Bool { values <= limit && deepest <= Self.depthLimit }
}
