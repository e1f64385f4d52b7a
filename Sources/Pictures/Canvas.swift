import Basics
import CCairo

/// A rectangle in pixels; x grows to the right and y downwards, from the upper left corner of the canvas.
package struct Area: Equatable, Sendable {
  package var x, y, width, height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }
}

/// A picture that is being drawn, by one thread. Different threads may draw different canvases at the same time.
///
/// The same calls give the same pixels. Letters depend on the fonts of the machine, nothing else does.
package final class Canvas {
  private let surface: Surface
  private let context: OpaquePointer

  /// - Throws: `InputError` (environment) for lack of memory.
  package init(width: Int, height: Int, background: Colour = .paper) throws {
    surface = try Surface(width: width, height: height)
    guard let context = cairo_create(surface.pointer) else {
      preconditionFailure("cairo returns a context, be it one in error")
    }
    self.context = context
    // Letters have the same width wherever they stand, and the same pixels on every screen.
    let options = cairo_font_options_create()
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_ON)
    cairo_set_font_options(context, options)
    cairo_font_options_destroy(options)
    fill(Area(x: 0, y: 0, width: Double(width), height: Double(height)), background)
  }

  deinit { cairo_destroy(context) }

  /// What was drawn so far.
  /// - Throws: `InputError` (environment) when a call before failed for lack of memory.
  package func picture() throws -> Picture {
    try Surface.check(cairo_status(context), "a picture of \(surface.width) × \(surface.height) pixels")
    return surface.picture()
  }

  package func fill(_ area: Area, _ colour: Colour) {
    set(colour)
    cairo_rectangle(context, area.x, area.y, area.width, area.height)
    cairo_fill(context)
  }

  /// Draws a frame inside the edges of an area.
  package func frame(_ area: Area, _ colour: Colour, thickness: Double = 1) {
    set(colour)
    cairo_set_line_width(context, thickness)
    cairo_rectangle(
      context, area.x + thickness / 2, area.y + thickness / 2, area.width - thickness,
      area.height - thickness)
    cairo_stroke(context)
  }

  package func line(
    from start: (x: Double, y: Double), to end: (x: Double, y: Double), _ colour: Colour,
    thickness: Double = 1
  ) {
    set(colour)
    cairo_set_line_width(context, thickness)
    cairo_move_to(context, start.x, start.y)
    cairo_line_to(context, end.x, end.y)
    cairo_stroke(context)
  }

  /// Draws a picture with its own pixels.
  /// - Throws: `InputError` (environment) for lack of memory.
  package func draw(_ picture: Picture, x: Int, y: Int) throws {
    let source = try Surface(picture)
    cairo_set_source_surface(context, source.pointer, Double(x), Double(y))
    cairo_rectangle(
      context, Double(x), Double(y), Double(picture.width), Double(picture.height))
    cairo_fill(context)
  }

  private func set(_ colour: Colour) {
    cairo_set_source_rgb(
      context, Double(colour.red) / 255, Double(colour.green) / 255, Double(colour.blue) / 255)
  }
}

// MARK: - Text

extension Canvas {
  /// Whether the machine has a font. Without one cairo draws letters of lines, and of ASCII alone.
  package var hasFont: Bool {
    select(Lettering())
    return cairo_scaled_font_get_type(cairo_get_scaled_font(context)) != CAIRO_FONT_TYPE_USER
  }

  /// Width of a text in pixels.
  package func width(of text: String, _ lettering: Lettering) -> Double {
    select(lettering)
    return selectedWidth(shown(text))
  }

  /// Writes a text on one line. Control characters become visible.
  /// - Parameters:
  ///   - x: the place of the lettering's anchor.
  ///   - y: the line on which letters stand.
  ///   - widest: the width at which the text is cut, with an ellipsis; nil for the whole text.
  package func write(
    _ text: String, x: Double, y: Double, _ lettering: Lettering, widest: Double? = nil
  ) {
    select(lettering)
    set(lettering.colour)
    let text = cut(shown(text), to: widest)
    let shift =
      switch lettering.anchor {
      case .start: 0.0
      case .middle: (selectedWidth(text) / 2).rounded()
      case .end: selectedWidth(text)
      }
    cairo_move_to(context, x - shift, y)
    cairo_show_text(context, text)
  }

  private func select(_ lettering: Lettering) {
    cairo_select_font_face(
      context, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
      lettering.isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, lettering.size)
  }

  private func selectedWidth(_ text: String) -> Double {
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, text, &extents)
    return extents.x_advance
  }

  /// A text that can be drawn: printable and of bounded length.
  private func shown(_ text: String) -> String { text.cut(to: 500).printable }

  /// The longest beginning of a text that fits with an ellipsis, or the whole text.
  private func cut(_ text: String, to widest: Double?) -> String {
    guard let widest, selectedWidth(text) > widest else { return text }
    let letters = Array(text)
    func beginning(_ count: Int) -> String { String(letters.prefix(count)) + "…" }
    // The width grows with the number of letters.
    var (fits, tooLong) = (0, letters.count)
    while tooLong - fits > 1 {
      let middle = (fits + tooLong) / 2
      if selectedWidth(beginning(middle)) <= widest { fits = middle } else { tooLong = middle }
    }
    return beginning(fits)
  }
}
