/// Identifies a patch by region of interest, season, scene and patch number, in eight bytes.
///
/// Ascending order is the order of the Sentinel-2 file names as byte strings: `…_p105.tif` comes before `…_p9.tif`. The key
/// holds the numbers digit by digit, as the name does.
package struct PatchID: Hashable, Comparable, Sendable {
  let key: UInt64

  init(key: UInt64) { self.key = key }

  /// - Parameters:
  ///   - roi: the number after `ROIs`, 0...9999.
  ///   - scene: the number of the scene, 0...9999.
  ///   - patch: the number of the patch, 0...9,999,999.
  package init(roi: Int, season: Season, scene: Int, patch: Int) {
    key = SceneID(roi: roi, season: season, scene: scene).key | DigitField.patch.encode(patch)
  }

  package var roi: Int { DigitField.roi.number(in: key) }
  package var season: Season { scene.season }
  package var patch: Int { DigitField.patch.number(in: key) }

  /// The scene that the patch was cut from.
  package var scene: SceneID { SceneID(key: key & ~DigitField.patch.mask) }

  /// `ROIs1158_spring_s2_1_p30.tif`.
  package func fileName(_ kind: FileKind) -> String {
    "\(scene.region)_\(kind.rawValue)_\(scene.scene)_p\(patch).tif"
  }

  /// The path of a file below the data folder: `ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p30.tif`.
  package func relativePath(_ kind: FileKind) -> String { "\(scene.folder(kind))/\(fileName(kind))" }

  package static func < (left: PatchID, right: PatchID) -> Bool { left.key < right.key }

  /// The patch that was published with damaged Sentinel-1 pixels. It is left out of every split.
  package static let damaged = PatchID(roi: 1868, season: .summer, scene: 146, patch: 202)
}

extension PatchID: CustomStringConvertible {
  /// The Sentinel-2 file name, which is the patch's name in lists and label files.
  package var description: String { fileName(.s2) }
}

/// A scene: neighbouring patches, half overlapping, cut from one image pair.
///
/// Ascending order is the order of the file names of its patches: scene 100 comes before scene 1.
package struct SceneID: Hashable, Comparable, Sendable {
  let key: UInt64

  init(key: UInt64) { self.key = key }

  /// - Parameters:
  ///   - roi: the number after `ROIs`, 0...9999.
  ///   - scene: the number of the scene, 0...9999.
  package init(roi: Int, season: Season, scene: Int) {
    key =
      DigitField.roi.encode(roi) | UInt64(season.rawValue) << DigitField.seasonShift
      | DigitField.scene.encode(scene)
  }

  package var roi: Int { DigitField.roi.number(in: key) }
  package var season: Season {
    Season(rawValue: UInt8(truncatingIfNeeded: key >> DigitField.seasonShift) & 3)!
  }
  package var scene: Int { DigitField.scene.number(in: key) }

  /// `ROIs1158_spring`.
  package var region: String { "ROIs\(roi)_\(season.name)" }

  /// The folder of one kind of file below the data folder: `ROIs1158_spring/s2_1`.
  package func folder(_ kind: FileKind) -> String { "\(region)/\(kind.rawValue)_\(scene)" }

  package static func < (left: SceneID, right: SceneID) -> Bool { left.key < right.key }
}

extension SceneID: CustomStringConvertible {
  /// `ROIs1158_spring_1`.
  package var description: String { "\(region)_\(scene)" }
}
