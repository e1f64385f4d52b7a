import Basics
import Imagery

/// The pixels to which every sensor is brought: `patch: {size: [H, W], pixel: m}`.
struct PatchGrid {
  private(set) var size: PatchSize?
  private(set) var metres: Double?

  /// Nothing is stated.
  init() {}

  /// - Throws: `InputError` (data) for sides outside 1…8192 and widths that are no lengths.
  init(_ value: ManifestValue) throws {
    let group = try value.group(["size", "pixel"])
    if let size = group["size"] {
      let sides = try size.list(of: "two sides", most: 2)
      guard sides.count == 2 else { throw size.unexpected("two sides [height, width] in pixels") }
      let side = ManifestReader.Limit.side
      self.size = PatchSize(height: try sides[0].whole(in: side), width: try sides[1].whole(in: side))
    }
    metres = try group["pixel"].map { Double(try Self.millimetres($0)) / 1000 }
  }

  /// Pixels of the patch and of a grid whose pixels have the width that a band states.
  /// - Throws: `InputError` (data) where the patch states none, or a patch has no whole number of the grid's pixels.
  func span(_ pixel: ManifestValue) throws -> GridSpan {
    let width = try Self.millimetres(pixel)
    guard let metres else {
      throw pixel.error("states the width of a pixel, but the patch states none", remedy: "add patch.pixel")
    }
    let span = GridSpan(patch: width, grid: Int((metres * 1000).rounded()))
    let most = 100
    guard span.patch <= most * span.grid, span.grid <= most * span.patch else {
      throw pixel.error(
        "is \(pixel.node.found), expected at most \(most) times the width of the patch's pixels, or a part")
    }
    for side in size.map({ [$0.height, $0.width] }) ?? [] {
      guard side * span.grid % span.patch == 0 else {
        throw pixel.error(
          "is \(pixel.node.found), but \(side) pixels of \(metres) m are no whole number of such pixels")
      }
      guard ManifestReader.Limit.side.contains(span.gridPixels(side)) else {
        throw pixel.error(
          "is \(pixel.node.found), which makes a side of \(span.gridPixels(side)) pixels, expected at most "
            + "\(ManifestReader.Limit.side.upperBound)")
      }
    }
    return span
  }

  private static func millimetres(_ value: ManifestValue) throws -> Int {
    let expected = "metres from 0.001 to 100000, with at most three decimals"
    let millimetres = try value.number(in: 0.001...100_000, expected) * 1000
    guard abs(millimetres - millimetres.rounded()) < 1e-4 else { throw value.unexpected(expected) }
    return Int(millimetres.rounded())
  }
}
