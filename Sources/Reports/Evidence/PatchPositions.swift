/// Where patches lie on the ground, by their names.
struct PatchPositions {
  /// A position in a coordinate system: the middle of a patch.
  struct Position {
    /// "EPSG:32633".
    let system: String
    let east, north: Double
    /// nil where the coordinate system is not known.
    var geographic: (longitude: Double, latitude: Double)?
  }

  private let positions: [String: Position]
  /// Side of a patch on the ground, in the unit of its system.
  let side: Double
  /// Why positions are not known, or that only a part of the patches was looked at; nil for nothing to say.
  let note: String?

  init(_ positions: [String: Position], side: Double, note: String? = nil) {
    (self.positions, self.side, self.note) = (positions, side, note)
  }

  var isEmpty: Bool { positions.isEmpty }

  subscript(id: String) -> Position? { positions[id] }
}
