import Basics
import YAML
import Yams

/// A number of bytes as a user writes it: `500G`, `64K`, or a plain number. Units are powers of 1,024: `1K` is 1,024 bytes.
package struct ByteCount: Equatable, Sendable {
  package let bytes: Int

  private static let units: [(letter: Character, shift: Int)] = [("T", 40), ("G", 30), ("M", 20), ("K", 10)]

  /// - Returns: nil for anything but a whole number of 1 byte to 1,024 T.
  package init?(_ text: String) {
    let unit = Self.units.first { text.last?.uppercased() == String($0.letter) }
    let digits = unit == nil ? text : String(text.dropLast())
    let (limit, shift) = (1 << 50, unit?.shift ?? 0)
    guard let number = BoundedNumber.whole(digits, in: 1...limit), number <= limit >> shift else {
      return nil
    }
    bytes = number << shift
  }
}

extension ByteCount: ConfigurationValue {
  static let expectation = "a number of bytes such as 500G"

  init?(_ node: Node) {
    guard let text = node.plainText else { return nil }
    self.init(text)
  }

  /// In the largest unit that divides the number.
  var configurationText: String {
    let unit = Self.units.first { bytes.isMultiple(of: 1 << $0.shift) }
    return unit.map { "\(bytes >> $0.shift)\($0.letter)" } ?? "\(bytes)"
  }
}
