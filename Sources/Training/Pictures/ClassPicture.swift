import Basics
import Pictures

/// A class of a patch in a picture.
package struct ShownClass: Equatable, Sendable {
  package let name: String
  package let colour: Colour
  /// The share of the patch, 0 to 1, or a probability; nil where only its presence is known.
  package let share: Double?

  package init(_ name: String, _ colour: Colour, share: Double?) {
    (self.name, self.colour, self.share) = (name, colour, share)
  }
}

extension PatchPicture {
  private static let row = 26.0

  /// Names of classes beside their colours, one a line, with bars for their shares.
  /// - Parameters:
  ///   - classes: in the order of the lines. Those without room are counted in the last line.
  ///   - side: width and height in pixels.
  /// - Throws: `InputError` (environment) for lack of memory.
  package static func classes(_ classes: [ShownClass], side: Int = 256) throws -> PatchPicture {
    let canvas = try Canvas(width: side, height: side)
    let rows = max(1, Int((Double(side) - 8) / row))
    let shown = classes.count > rows ? Array(classes.prefix(rows - 1)) : classes
    for (number, own) in shown.enumerated() { write(own, y: 6 + Double(number) * row, side, canvas) }
    if shown.count < classes.count || classes.isEmpty {
      let text = classes.isEmpty ? "no class" : "and \(classes.count - shown.count) more"
      canvas.write(
        text, x: 28, y: 6 + Double(shown.count) * row + 13, Lettering(size: 12, colour: .faint),
        widest: Double(side) - 34)
    }
    return PatchPicture(
      kind: .classes, title: "classes", detail: counted(classes.count, "class", plural: "classes"),
      picture: try canvas.picture())
  }

  private static func write(_ shown: ShownClass, y: Double, _ side: Int, _ canvas: Canvas) {
    let (width, left) = (Double(side), 28.0)
    let chip = Area(x: 6, y: y, width: 16, height: 16)
    canvas.fill(chip, shown.colour)
    canvas.frame(chip, .faint)
    let share = shown.share.map { "\(Int(($0 * 100).rounded())) %" }
    let room = width - left - 6 - (share == nil ? 0 : 44)
    canvas.write(shown.name, x: left, y: y + 12, Lettering(size: 12), widest: room)
    guard let value = shown.share, let share else { return }
    canvas.write(share, x: width - 6, y: y + 12, Lettering(size: 12, colour: .faint, anchor: .end))
    let bar = (width - left - 6) * min(max(value, 0), 1)
    canvas.fill(Area(x: left, y: y + 17, width: bar.rounded(), height: 3), shown.colour)
  }
}
