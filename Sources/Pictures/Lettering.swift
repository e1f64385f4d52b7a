import Basics
import Foundation

/// How a text looks.
package struct Lettering: Equatable, Sendable {
  /// The part of a text that stands at the given place.
  package enum Anchor: Sendable { case start, middle, end }

  /// The height of the font in pixels.
  package var size: Double
  package var isBold: Bool
  package var colour: Colour
  package var anchor: Anchor

  package init(size: Double = 12, bold: Bool = false, colour: Colour = .ink, anchor: Anchor = .start) {
    (self.size, isBold, self.colour, self.anchor) = (size, bold, colour, anchor)
  }
}

extension Colour {
  /// The colour of text on paper.
  package static let ink = Colour(red: 0x22, green: 0x22, blue: 0x22)
  /// The colour of less important text.
  package static let faint = Colour(red: 0x66, green: 0x66, blue: 0x66)
  package static let paper = Colour(red: 255, green: 255, blue: 255)

  /// Ink or paper, whichever is easier to read on this colour: that of the larger contrast ratio (WCAG 2.2).
  package var readable: Colour {
    func contrast(_ other: Colour) -> Double {
      let (a, b) = (luminance, other.luminance)
      return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }
    return contrast(.ink) >= contrast(.paper) ? .ink : .paper
  }

  /// Relative luminance, 0 for black to 1 for white (WCAG 2.2).
  package var luminance: Double {
    func linear(_ byte: UInt8) -> Double {
      let value = Double(byte) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }
}
