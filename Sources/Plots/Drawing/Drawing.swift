/// The elements of a drawing as SVG text. Lengths are in pixels, y grows downwards.
///
/// Colours and sizes of text follow from the names of classes (`PlotStyle`), so that a page can show its plots light and
/// dark. Texts are escaped here.
struct Drawing {
  private(set) var markup = ""

  /// Where a text stands to its point.
  enum Anchor: String { case start, middle, end }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
    markup +=
      "<line class=\"\(style)\" x1=\"\(px(x1))\" y1=\"\(px(y1))\" x2=\"\(px(x2))\" y2=\"\(px(y2))\"/>"
  }

  /// A line through points. Fewer than two points draw nothing.
  mutating func path(_ points: [(x: Double, y: Double)], _ style: String, dash: String? = nil) {
    guard points.count > 1 else { return }
    let pieces = points.enumerated().map { "\($0 == 0 ? "M" : "L")\(px($1.x)) \(px($1.y))" }
    let dashes = dash.map { " stroke-dasharray=\"\($0)\"" } ?? ""
    markup += "<path class=\"\(style)\"\(dashes) d=\"\(pieces.joined())\"/>"
  }

  /// - Parameters:
  ///   - opacity: of the filling, 0…1.
  ///   - fill: a colour that stands for something of its own, such as a class; nil for the colour of the style.
  ///   - note: a text that shows while the pointer is on the rectangle.
  mutating func box(
    _ area: Area, _ style: String, opacity: Double? = nil, radius: Double = 0, fill: String? = nil,
    note: String? = nil
  ) {
    let round = radius > 0 ? " rx=\"\(px(radius))\"" : ""
    let colour = fill.map { " style=\"fill:\($0.markupText)\"" } ?? ""
    let size =
      "x=\"\(px(area.x))\" y=\"\(px(area.y))\" width=\"\(px(max(area.width, 0)))\" height=\"\(px(max(area.height, 0)))\""
    close("<rect class=\"\(style)\" \(size)\(round)\(Self.shade(opacity))\(colour)", "rect", note)
  }

  /// - Parameters:
  ///   - opacity: of the filling, 0…1.
  ///   - note: a text that shows while the pointer is on the dot.
  mutating func dot(
    _ x: Double, _ y: Double, radius: Double, _ style: String, opacity: Double? = nil, note: String? = nil
  ) {
    let place = "cx=\"\(px(x))\" cy=\"\(px(y))\" r=\"\(px(radius))\""
    close("<circle class=\"\(style)\" \(place)\(Self.shade(opacity))", "circle", note)
  }

  private static func shade(_ opacity: Double?) -> String {
    opacity.map { " fill-opacity=\"\(px($0))\"" } ?? ""
  }

  private mutating func close(_ start: String, _ element: String, _ note: String?) {
    markup += note.map { "\(start)><title>\($0.markupText)</title></\(element)>" } ?? "\(start)/>"
  }

  /// - Parameter turned: degrees clockwise around the point.
  mutating func text(
    _ text: String, _ x: Double, _ y: Double, _ style: String, _ anchor: Anchor = .start, turned: Double = 0
  ) {
    let turn = turned == 0 ? "" : " transform=\"rotate(\(px(turned)) \(px(x)) \(px(y)))\""
    let place = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    markup +=
      "<text class=\"\(style)\" x=\"\(px(x))\" y=\"\(px(y))\"\(place)\(turn)>\(text.markupText)</text>"
  }

  /// Another drawing as a part of this one.
  mutating func part(_ plot: Plot, x: Double, y: Double) {
    markup +=
      "<svg x=\"\(px(x))\" y=\"\(px(y))\" width=\"\(px(plot.width))\" height=\"\(px(plot.height))\">"
      + "\(plot.markup)</svg>"
  }
}

/// A rectangle in pixels.
struct Area: Equatable {
  var x, y, width, height: Double
  var right: Double { x + width }
  var bottom: Double { y + height }
}

/// A length with at most two digits after the point: "12.5".
func px(_ value: Double) -> String {
  precondition(value.isFinite, "a drawing has finite lengths")
  let hundredths = Int((value * 100).rounded())
  let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
  let sign = hundredths < 0 ? "-" : ""
  if rest == 0 { return "\(sign)\(whole)" }
  if rest % 10 == 0 { return "\(sign)\(whole).\(rest / 10)" }
  return "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
}

/// About how wide a text is, in pixels. Exact widths depend on the fonts of the reader.
func textWidth(_ text: String, size: Double) -> Double {
  text.unicodeScalars.reduce(0) { sum, scalar in
    switch scalar {
    case "i", "l", "j", "t", "f", "r", "I", ".", ",", ":", ";", "'", "|", " ", "(", ")": sum + 0.34
    case "m", "w", "M", "W", "%", "@": sum + 0.9
    case "A"..."Z": sum + 0.68
    default: sum + (scalar.value >= 0x1100 ? 1 : 0.57)
    }
  } * size
}

/// As much of a text as fits a width, with an ellipsis where it was cut.
func fitted(_ text: String, width: Double, size: Double) -> String {
  guard textWidth(text, size: size) > width else { return text }
  var cut = text
  while !cut.isEmpty, textWidth(cut + "…", size: size) > width { cut.removeLast() }
  return cut + "…"
}
