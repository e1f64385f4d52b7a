/// A drawing of data: inline in a page, or a file of its own.
package struct Plot: Equatable, Sendable {
  /// What the plot shows, for people who do not see it.
  package let description: String
  /// Pixels at its natural size.
  package let width, height: Double
  let markup: String

  init(_ description: String, width: Double, height: Double, _ drawing: Drawing) {
    (self.description, self.width, self.height) = (description, width, height)
    markup = drawing.markup
  }

  private var start: String {
    "viewBox=\"0 0 \(px(width)) \(px(height))\" role=\"img\" aria-label=\"\(description.markupText)\""
  }

  /// The element for a page that has `PlotStyle.page` in its style sheet.
  package var inline: String { "<svg class=\"plot\" \(start)>\(markup)</svg>" }

  /// The text of an SVG file, with its own style and background.
  package var file: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" class="plot" \(start) width="\(px(width))" height="\(px(height))">
    <style>\(PlotStyle.file)</style>
    <rect class="paper" width="100%" height="100%"/>
    \(markup)
    </svg>

    """
  }

  /// Plots of equal size in rows, as one plot.
  package static func grid(_ plots: [Plot], columns: Int, description: String) -> Plot {
    precondition(columns > 0, "a grid has at least one column")
    let gap = 12.0
    let (width, height) = (plots.map(\.width).max() ?? 1, plots.map(\.height).max() ?? 1)
    var drawing = Drawing()
    for (place, plot) in plots.enumerated() {
      drawing.part(
        plot, x: Double(place % columns) * (width + gap), y: Double(place / columns) * (height + gap))
    }
    let (across, down) = (min(columns, max(plots.count, 1)), max((plots.count + columns - 1) / columns, 1))
    return Plot(
      description, width: Double(across) * (width + gap) - gap, height: Double(down) * (height + gap) - gap,
      drawing)
  }
}
