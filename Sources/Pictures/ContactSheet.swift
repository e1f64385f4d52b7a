import Basics

/// Several pictures with titles on one page, row by row. Short rows stand beside each other.
package struct ContactSheet: Equatable, Sendable {
  package struct Tile: Equatable, Sendable {
    package let title: String
    /// A line below the picture; empty for none.
    package let caption: String
    package let picture: Picture

    package init(_ title: String, _ picture: Picture, caption: String = "") {
      (self.title, self.picture, self.caption) = (title, picture, caption)
    }
  }

  /// The pictures of one thing, such as a patch.
  package struct Row: Equatable, Sendable {
    package let title: String
    package let tiles: [Tile]
    /// Lines below the pictures.
    package let lines: [String]

    package init(_ title: String, tiles: [Tile], lines: [String] = []) {
      (self.title, self.tiles, self.lines) = (title, tiles, lines)
    }
  }

  package let rows: [Row]
  /// Width and height of the place of a picture, pixels. Smaller pictures are enlarged by a whole factor.
  package let side: Int
  /// The most pictures beside each other. Further ones of the row follow below them.
  package let columns: Int

  package init(rows: [Row], side: Int, columns: Int) {
    precondition(side >= 32 && columns >= 1, "a sheet has places for pictures")
    (self.rows, self.side, self.columns) = (rows, side, columns)
  }

  private enum Space {
    static let margin = 16
    static let gap = 12
    /// From the upper edge of a row to its first pictures.
    static let head = 26
    static let tileHead = 18
    static let tileFoot = 16
    static let line = 16
    /// Between rows, and between rows beside each other.
    static let rowGap = 24
    /// The width of a page up to which short rows stand beside each other.
    static let page = 1400
  }

  private static let frame = Colour(red: 0xDD, green: 0xDD, blue: 0xDD)

  private var usedColumns: Int { min(columns, max(1, rows.map(\.tiles.count).max() ?? 1)) }
  private var rowWidth: Int { usedColumns * side + (usedColumns - 1) * Space.gap }
  /// Rows beside each other.
  private var across: Int {
    let room = Space.page - 2 * Space.margin + Space.rowGap
    return max(1, min(rows.count, room / (rowWidth + Space.rowGap)))
  }
  /// The rows that stand beside each other, from the top.
  private var bands: [ArraySlice<Row>] {
    stride(from: 0, to: rows.count, by: across).map { rows[$0..<min($0 + across, rows.count)] }
  }
  /// Width of the page in pixels.
  package var width: Int { 2 * Space.margin + across * rowWidth + (across - 1) * Space.rowGap }
  /// Height of the page in pixels.
  package var height: Int {
    2 * Space.margin + bands.map(height).reduce(0, +) + max(0, bands.count - 1) * Space.rowGap
  }

  private func height(of band: ArraySlice<Row>) -> Int { band.map(height).max() ?? 0 }

  private func height(of row: Row) -> Int {
    Space.head + tileBands(of: row).map(height).reduce(0, +) + row.lines.count * Space.line
  }

  /// The pictures of a row that stand beside each other, from the top.
  private func tileBands(of row: Row) -> [ArraySlice<Tile>] {
    let tiles = row.tiles
    return stride(from: 0, to: tiles.count, by: usedColumns).map {
      tiles[$0..<min($0 + usedColumns, tiles.count)]
    }
  }

  private func height(of tiles: ArraySlice<Tile>) -> Int {
    let highest = tiles.map { shown($0.picture).height }.max() ?? 0
    return Space.tileHead + highest + Space.tileFoot
  }

  /// Height and width of a picture in its place.
  private func shown(_ picture: Picture) -> (height: Int, width: Int) {
    let longer = max(picture.width, picture.height)
    guard longer > side else { return (side / longer * picture.height, side / longer * picture.width) }
    func scaled(_ length: Int) -> Int { max(1, (2 * length * side + longer) / (2 * longer)) }
    return (scaled(picture.height), scaled(picture.width))
  }

  /// Draws the page.
  /// - Throws: `InputError`: usage for a page that is larger than a picture can be; environment for lack of memory.
  package func picture() throws -> Picture {
    guard max(width, height) <= Picture.longestSide else {
      throw InputError(
        .usage, "the picture", "would have \(width) × \(height) pixels, more than \(Picture.longestSide)",
        remedy: "show fewer patches, or smaller ones")
    }
    let canvas = try Canvas(width: width, height: height)
    var top = Space.margin
    for band in bands {
      for (number, row) in band.enumerated() {
        try draw(row, x: Space.margin + number * (rowWidth + Space.rowGap), y: top, on: canvas)
      }
      top += height(of: band) + Space.rowGap
    }
    return try canvas.picture()
  }

  private func draw(_ row: Row, x: Int, y top: Int, on canvas: Canvas) throws {
    let (left, room) = (Double(x), Double(rowWidth))
    canvas.write(row.title, x: left, y: Double(top + 14), Lettering(size: 14, bold: true), widest: room)
    var y = top + Space.head
    for tiles in tileBands(of: row) {
      for (number, tile) in tiles.enumerated() {
        try draw(tile, x: x + number * (side + Space.gap), y: y, on: canvas)
      }
      y += height(of: tiles)
    }
    for (number, line) in row.lines.enumerated() {
      canvas.write(line, x: left, y: Double(y + number * Space.line + 14), Lettering(size: 11), widest: room)
    }
  }

  private func draw(_ tile: Tile, x: Int, y: Int, on canvas: Canvas) throws {
    let room = Double(side)
    canvas.write(tile.title, x: Double(x), y: Double(y + 12), Lettering(size: 12), widest: room)
    let (height, width) = shown(tile.picture)
    let picture = tile.picture.resized(width: width, height: height)
    // A frame, so that white pictures are seen.
    canvas.frame(
      Area(
        x: Double(x - 1), y: Double(y + Space.tileHead - 1), width: Double(width + 2),
        height: Double(height + 2)), Self.frame)
    try canvas.draw(picture, x: x, y: y + Space.tileHead)
    canvas.write(
      tile.caption, x: Double(x), y: Double(y + Space.tileHead + picture.height + 12),
      Lettering(size: 10, colour: .faint), widest: room)
  }
}
