import Basics
import Metrics
import Pictures
import TensorBoard

/// Some validation patches with what is true of them and what the network says.
///
/// The same patches are shown throughout a run: four that lie evenly in the list of the split.
struct ExamplePictures {
  private let source: ValidationPictures
  private let colours: [Colour]
  /// Places in the list of validation patches.
  private let rows: [Int]
  /// What sensors and labels show of each of them, drawn once.
  private var drawn: [Int: [PatchPicture]] = [:]

  private static let count = 4
  private static let side = 192

  /// - Parameter colours: of the classes, in class order.
  init(_ source: ValidationPictures, colours: [Colour]) {
    (self.source, self.colours) = (source, colours)
    let patches = source.patches.count
    let count = min(Self.count, patches)
    rows = (0..<count).map { (2 * $0 + 1) * patches / (2 * count) }
  }

  /// - Parameter table: what the network says of each validation patch, in the order of the list.
  /// - Throws: `InputError`: data for a file that cannot be read; environment for lack of memory.
  mutating func images(_ table: PredictionTable, epoch: Int) throws -> [TaggedValue] {
    try rows.map { row in
      let pictures = try drawn[row] ?? views(of: source.patches[row])
      drawn[row] = pictures
      let picture = try Self.picture(pictures, table, row, colours, epoch: epoch)
      return .image(
        "examples/\(table.ids[row])", try PNGImage(picture),
        meaning: "A validation patch, its classes, and the probabilities that the network gives them.")
    }
  }

  /// At most three pictures of a patch: in true colour, of radar, and its label map. A sensor without colours shows its bands.
  private func views(of patch: Int) throws -> [PatchPicture] {
    let all = try source.pictures.pictures(of: patch, side: Self.side)
    let wanted: [PatchPicture.Kind] = [.trueColour, .radar, .band, .labelMap]
    let kinds = wanted.filter { kind in
      kind != .band || !all.contains { $0.kind == .trueColour || $0.kind == .radar }
    }
    return Array(kinds.flatMap { kind in all.filter { $0.kind == kind }.prefix(1) }.prefix(3))
  }

  private static func picture(
    _ views: [PatchPicture], _ table: PredictionTable, _ row: Int, _ colours: [Colour], epoch: Int
  ) throws -> Picture {
    let (truth, predicted) = (Array(table.truth(of: row)), table.predicted(row))
    let probabilities = Array(table.probabilities(of: row))
    // True classes and the most probable others, by falling probability.
    let ranked = table.classes.indices.sorted { probabilities[$0] > probabilities[$1] }
    let others = ranked.filter { !truth[$0] }.prefix(max(0, 8 - truth.count { $0 }))
    let listed = ranked.filter { truth[$0] || others.contains($0) }

    let margin = 12
    let panel = 330
    let pictures = views.map { $0.picture.fitted(to: side) }
    let width = margin + pictures.reduce(0) { $0 + $1.width + margin } + panel + margin
    let pictureHeight = pictures.map(\.height).max() ?? 0
    let height = max(58 + pictureHeight + margin, 76 + 20 * listed.count)
    let canvas = try Canvas(width: width, height: height)
    canvas.write(
      "\(table.ids[row]), epoch \(epoch)", x: Double(margin), y: 20, Lettering(size: 13, bold: true),
      widest: Double(width - 2 * margin))
    var x = margin
    for (view, picture) in zip(views, pictures) {
      canvas.write(
        view.title, x: Double(x), y: 46, Lettering(size: 11, colour: .faint), widest: Double(picture.width))
      try canvas.draw(picture, x: x, y: 54)
      x += picture.width + margin
    }
    canvas.write(
      "✓ true   bold: predicted   bar: probability", x: Double(x), y: 46, Lettering(size: 11, colour: .faint))
    for (line, number) in listed.enumerated() {
      let y = 70 + 20 * Double(line)
      if truth[number] { canvas.write("✓", x: Double(x), y: y, Lettering(size: 12, bold: true)) }
      canvas.write(
        table.classes[number], x: Double(x + 16), y: y, Lettering(size: 12, bold: predicted[number]),
        widest: 150)
      let bar = Area(x: Double(x + 172), y: y - 10, width: 110, height: 12)
      canvas.fill(bar, Colour(red: 0xEE, green: 0xEE, blue: 0xEE))
      canvas.fill(
        Area(x: bar.x, y: bar.y, width: bar.width * Double(probabilities[number]), height: bar.height),
        colours[number])
      canvas.write(
        "\(Int((100 * probabilities[number]).rounded())) %", x: bar.x + bar.width + 40, y: y,
        Lettering(size: 12, anchor: .end))
    }
    return try canvas.picture()
  }
}

extension PNGImage {
  /// - Throws: `InputError` (environment) for lack of memory.
  init(_ picture: Picture) throws {
    self.init(width: picture.width, height: picture.height, bytes: try picture.png())
  }
}
