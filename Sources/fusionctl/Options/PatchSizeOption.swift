import ArgumentParser
import Basics

/// A size on the command line: `256` for a square patch, `48x40` for a height of 48 and a width of 40 pixels.
extension PatchSize: ExpressibleByArgument {
  /// Nil for a text that is no size.
  public init?(argument: String) {
    let sides = argument.split(separator: "x", omittingEmptySubsequences: false).map {
      BoundedNumber.whole($0, in: 0...Int.max)
    }
    switch (sides.count, sides[0], sides.last!) {
    case (1, let side?, _): self.init(side)
    case (2, let height?, let width?): self.init(height: height, width: width)
    case (_, _, _): return nil
    }
  }

  /// "256", or "48×40" where the sides differ.
  public var defaultValueDescription: String { height == width ? "\(height)" : description }

  /// Checks the value of `--size`.
  /// - Throws: `ValidationError` for a side that no patch has.
  func requireSides() throws {
    guard [height, width].allSatisfy((16...65536).contains) else {
      let found = height == width ? "\(height)" : description
      throw ValidationError("--size \(found): expected 16 to 65536 pixels, or both sides as in 48x40")
    }
  }
}
