/// The colours, lines and letters of plots, as style sheets. Colours are written out, not as variables: programs that
/// convert SVG files for papers know no variables.
///
/// The colours of series are Paul Tol's "bright" scheme, which people with colour-blindness tell apart, with lighter tones
/// on dark paper. Numbers of errors have a scale of five colours from grey to vermilion.
package enum PlotStyle {
  /// Colours of the page, of series, and of numbers of errors: on white, and on dark paper.
  private static let colours: [(role: String, light: String, dark: String)] = [
    ("paper", "#ffffff", "#14181d"), ("ink", "#1b2430", "#e3e8ee"), ("muted", "#5d6b7a", "#9aa7b5"),
    ("grid", "#e4e8ec", "#2a323b"), ("axis", "#8a96a3", "#66727f"), ("cell", "#174a80", "#77b0e6"),
    ("oncell", "#ffffff", "#0c1116"), ("alarm", "#b8400f", "#f08a4b"),
  ]
  private static let series: [(light: String, dark: String)] = [
    ("#2f6aa3", "#77b0e6"), ("#c8452f", "#f2806c"), ("#228833", "#5cbf6b"), ("#8a6d00", "#d9c34a"),
    ("#1f8ea8", "#6fd3ea"), ("#aa3377", "#e07cb4"), ("#666f78", "#b4bcc4"), ("#5b4bb0", "#a79af0"),
  ]
  private static let errors: [(light: String, dark: String)] = [
    ("#c3ccd5", "#3d4853"), ("#f2c49b", "#6e5138"), ("#e6924f", "#a8662f"), ("#c8591d", "#e07f38"),
    ("#7f2704", "#ffc08a"),
  ]

  /// Number of colours of series; further series begin again at the first.
  package static let seriesCount = series.count
  /// Number of colours for numbers of errors: 0, 1, 2, 3, 4 and more.
  package static let errorCount = errors.count

  /// The class of a line, a filling and a text of a series.
  static func stroke(_ series: Int) -> String { "s\(series % seriesCount)" }
  static func fill(_ series: Int) -> String { "f\(series % seriesCount)" }
  /// The class of a mark with some errors.
  static func error(_ count: Int) -> String { "e\(min(max(count, 0), errorCount - 1))" }

  /// Rules for a page, where every plot has the class "plot". The dark colours are for screens only.
  package static let page = sheet()
  /// Rules for a file.
  package static let file = sheet()

  private static func sheet() -> String {
    let dark = rules {
      $0.dark
    } series: {
      $0.dark
    }
    return shapes
      + rules {
        $0.light
      } series: {
        $0.light
      }
      + "@media screen and (prefers-color-scheme:dark){\(dark)}"
  }

  private static func rules(
    _ tone: ((role: String, light: String, dark: String)) -> String,
    series pick: ((light: String, dark: String)) -> String
  ) -> String {
    let named = Dictionary(uniqueKeysWithValues: colours.map { ($0.role, tone($0)) })
    func colour(_ role: String) -> String {
      guard let colour = named[role] else { preconditionFailure("no colour has the role \(role)") }
      return colour
    }
    var text =
      ".plot text{fill:\(colour("ink"))}.plot .paper{fill:\(colour("paper"))}"
      + ".plot .muted{fill:\(colour("muted"))}.plot .grid{stroke:\(colour("grid"))}"
      + ".plot .axis{stroke:\(colour("axis"))}.plot .mark{stroke:\(colour("muted"))}"
      + ".plot .cell{fill:\(colour("cell"))}.plot .oncell{fill:\(colour("oncell"))}"
      + ".plot .track{fill:\(colour("grid"))}.plot .whisker{stroke:\(colour("ink"))}"
      + ".plot .alarm{stroke:\(colour("alarm"))}.plot .ring{stroke:\(colour("paper"))}"
    for (index, tones) in series.enumerated() {
      text += ".plot .s\(index){stroke:\(pick(tones))}.plot .f\(index){fill:\(pick(tones))}"
    }
    for (index, tones) in errors.enumerated() { text += ".plot .e\(index){fill:\(pick(tones))}" }
    return text
  }

  /// Widths of lines and sizes of letters, which do not depend on the paper.
  private static let shapes =
    ".plot{font-family:-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",\"Liberation Sans\",Arial,sans-serif;"
    + "font-variant-numeric:tabular-nums}"
    + ".plot text{font-size:11px}.plot .title{font-size:13px;font-weight:600}.plot .small{font-size:9.5px}"
    + ".plot line,.plot path{fill:none;stroke-width:1}.plot .curve{stroke-width:1.9;stroke-linejoin:round;stroke-linecap:round}"
    + ".plot .faint{stroke-width:1.2;opacity:.45}.plot .mark{stroke-dasharray:3 3}.plot .whisker{stroke-width:1.3}"
    + ".plot .alarm{stroke-width:2}.plot .ring{stroke-width:1.2}"
}
