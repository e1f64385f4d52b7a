import Basics

/// An opaque picture: three bytes a pixel, `[height, width, 3]`, red first, in sRGB.
package struct Picture: Equatable, Sendable {
  package let width, height: Int
  /// Row-major `[height, width, 3]`.
  package let pixels: [UInt8]

  /// The largest side in pixels, which cairo sets.
  package static let longestSide = 32_767

  /// - Parameter pixels: row-major `[height, width, 3]`.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      (1...Self.longestSide).contains(width) && (1...Self.longestSide).contains(height),
      "a picture has sides of 1 to \(Self.longestSide) pixels, not \(width) × \(height)")
    precondition(
      pixels.count == width * height * 3, "a picture of \(width) × \(height) pixels has 3 bytes for each")
    (self.width, self.height, self.pixels) = (width, height, pixels)
  }

  /// A picture whose pixels are computed.
  /// - Parameter colour: the colour at a row and a column.
  package init(width: Int, height: Int, colour: (_ row: Int, _ column: Int) -> Colour) {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for row in 0..<height {
      for column in 0..<width {
        let colour = colour(row, column)
        pixels.append(colour.red)
        pixels.append(colour.green)
        pixels.append(colour.blue)
      }
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// The colour of a pixel.
  package subscript(row: Int, column: Int) -> Colour {
    let start = (row * width + column) * 3
    return Colour(red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2])
  }

  /// The picture with other sides. A pixel is repeated where a side grows, and pixels are averaged where it shrinks.
  ///
  /// The pixel t of N covers the pixels ⌊t·n/N⌋ up to ⌊(t + 1)·n/N⌋ of n, at least one.
  /// - Parameter averages: false to take the middle one of the covered pixels, for colours that stand for classes.
  package func resized(width newWidth: Int, height newHeight: Int, averages: Bool = true) -> Picture {
    if newWidth == width, newHeight == height { return self }
    func spans(_ new: Int, _ old: Int) -> [Range<Int>] {
      (0..<new).map { place in
        let span = Self.covered(place, of: new, by: old)
        let middle = span.lowerBound + span.count / 2
        return averages ? span : middle..<middle + 1
      }
    }
    let columns = spans(newWidth, width)
    var result: [UInt8] = []
    result.reserveCapacity(newWidth * newHeight * 3)
    for rows in spans(newHeight, height) {
      for span in columns {
        var sums = (0, 0, 0)
        for y in rows {
          var place = (y * width + span.lowerBound) * 3
          for _ in span {
            sums.0 += Int(pixels[place])
            sums.1 += Int(pixels[place + 1])
            sums.2 += Int(pixels[place + 2])
            place += 3
          }
        }
        let count = rows.count * span.count
        result.append(UInt8((2 * sums.0 + count) / (2 * count)))
        result.append(UInt8((2 * sums.1 + count) / (2 * count)))
        result.append(UInt8((2 * sums.2 + count) / (2 * count)))
      }
    }
    return Picture(width: newWidth, height: newHeight, pixels: result)
  }

  private static func covered(_ place: Int, of new: Int, by old: Int) -> Range<Int> {
    let start = place * old / new
    return start..<max(start + 1, (place + 1) * old / new)
  }

  /// The picture with a longer side of `side` pixels, and the other in proportion.
  package func fitted(to side: Int, averages: Bool = true) -> Picture {
    let longer = max(width, height)
    func scaled(_ length: Int) -> Int { max(1, (2 * length * side + longer) / (2 * longer)) }
    return resized(width: scaled(width), height: scaled(height), averages: averages)
  }

  /// The picture with a longer side of at most `side` pixels.
  package func limited(to side: Int, averages: Bool = true) -> Picture {
    max(width, height) > side ? fitted(to: side, averages: averages) : self
  }
}

/// A picture and what it shows: "true colour, B4 B3 B2".
package struct TitledPicture: Equatable, Sendable {
  package let title: String
  package let picture: Picture

  package init(_ title: String, _ picture: Picture) { (self.title, self.picture) = (title, picture) }
}
