import Foundation
import Testing

@testable import Plots

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The texts of the elements of an SVG file, and whether it is well-formed.
private final class Elements: NSObject, XMLParserDelegate {
  private(set) var names: [String] = []
  private(set) var texts: [String] = []
  private(set) var isSound = false

  init(_ text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    isSound = parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    names.append(name)
    texts.append("")
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if !texts.isEmpty { texts[texts.count - 1] += text }
  }
}

@Suite struct PlotsTests {
  private static let hostile = "</svg><script>alert(1)</script>&\"'\u{0301}\u{0}\u{FFFF}"

  private func plots(_ name: String) -> [Plot] {
    let half = Axis(name, exactly: 0...1)
    let curve = LineChart.Series(name, [(0, 0.2), (1, 0.8), (2, .nan)], colour: 0, hasDots: true)
    var lines = LineChart(name, x: .whole(name, 0...1), y: half, series: [curve, curve])
    lines.marks = [(1, name)]
    lines.note = name
    let cell = MatrixChart.Cell(count: 3, share: 0.25)
    let all = [
      lines.plot(name),
      BarChart(
        name, x: half, rows: [(name, [.init(0.5, interval: 0.4...0.6)]), (name, [.init(nil)])], series: [name]
      ).plot(name),
      MatrixChart(name, rows: (name, [name]), columns: (name, [name]), cells: [[cell]]).plot(name),
      ReliabilityDiagram(
        name, bins: [.init(bounds: 0...1, count: 3, meanProbability: 0.5, share: 0.4)], note: name
      ).plot(name),
      ScatterMap(name, subtitle: name, places: [.init(east: 1, north: 2, errors: 9, note: name)], side: 1)
        .plot(name),
      WorldMap(name, points: [.init(longitude: 10, latitude: 89, meanErrors: 1.25, size: 2, note: name)])
        .plot(name),
    ]
    return all + [Plot.grid(all, columns: 2, description: name)]
  }

  @Test func filesAreSoundAndNamesAreText() {
    let kinds = Set(Elements(plots("Water").map(\.file)[6]).names)
    for plot in plots(Self.hostile) {
      let elements = Elements(plot.file)
      #expect(elements.isSound)
      // The name adds no element of its own.
      #expect(Set(elements.names).isSubset(of: kinds))
      #expect(elements.texts.contains { $0.contains("</svg><s") })
      #expect(!plot.inline.contains("<script"))
    }
  }

  /// A mean of 1.25 errors is a quarter of the way from the colour of 1 to that of 2.
  @Test func meansLieBetweenColours() {
    func circles(_ mean: Double) -> String {
      WorldMap("", points: [.init(longitude: 0, latitude: 0, meanErrors: mean, size: 1, note: "")]).plot("")
        .inline
    }
    #expect(circles(1.25).contains(/"e1 ring"[^>]*><circle class="e2 ring"[^>]*fill-opacity="0.25"/))
    #expect(circles(0).contains(/"e0 ring"[^>]*><circle class="e1 ring"[^>]*fill-opacity="0"/))
    #expect(circles(9).contains(/"e4 ring"[^>]*><circle class="e4 ring"[^>]*fill-opacity="1"/))
  }

  @Test func textIsNoMarkup() {
    // As a character, the quote and its accent are one, and no quote.
    #expect("\"\u{0301}>".markupText == "&quot;\u{0301}&gt;")
    #expect("a<b>&'c".markupText == "a&lt;b&gt;&amp;&#39;c")
    #expect("a\u{1B}b\nc".markupText == "a\\x1bb c")
  }

  @Test func marksAreRoundNumbers() {
    func labels(_ axis: Axis) -> [String] { axis.ticks.map(axis.label) }
    #expect(labels(Axis("", exactly: 0...1)) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(
      labels(Axis("", holding: [0.113, 0.871], marks: 5)) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(labels(Axis("", exactly: 0...20_000, marks: 2)) == ["0", "10,000", "20,000"])
    #expect(labels(Axis("", exactly: 0...2e-6, marks: 2)) == ["0", "1e-6", "2e-6"])
    #expect(labels(.whole("", 1...3)) == ["1", "2", "3"])
    #expect(labels(.whole("", 1...1)) == ["1"])
    #expect(labels(Axis("", exactly: -1...1, marks: 2)) == ["−1", "0", "1"])
    let constant = Axis("", holding: [0.3, 0.3])
    #expect(constant.range.contains(0.3) && constant.ticks.count > 2)
    #expect(Axis("", holding: [.nan]).range == 0...1)
  }

  @Test func lengthsAreShort() {
    #expect([0, 1.005, -0.5, 12.346, 3.101].map(px) == ["0", "1", "-0.5", "12.35", "3.1"])
  }

  @Test func longCurvesAreThinned() {
    let points = (0...100_000).map { (x: Double($0) / 1000, y: 5.0) }
    let thinned = LineChart.thinned(points)
    #expect(thinned.count < 300 && thinned.last! == points.last!)
  }

  @Test func longNamesAreCut() {
    let name = String(repeating: "W", count: 200)
    #expect(textWidth(fitted(name, width: 100, size: 11), size: 11) <= 100)
    #expect(fitted("Water", width: 100, size: 11) == "Water")
  }

  @Test func darkColoursAreForScreens() {
    #expect(PlotStyle.page.contains("@media screen and (prefers-color-scheme:dark)"))
    #expect(PlotStyle.error(9) == "e4" && PlotStyle.stroke(8) == "s0")
  }
}
