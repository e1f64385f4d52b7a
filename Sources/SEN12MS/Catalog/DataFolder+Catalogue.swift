import Imagery
import Tables

extension Catalogue {
  /// The catalogue of some patches, numbered in their order.
  package init(_ patches: [PatchID]) {
    var (season, scene, number) = (TextColumn(), TextColumn(), TextColumn())
    season.reserve(rows: patches.count)
    scene.reserve(rows: patches.count)
    number.reserve(rows: patches.count)
    for patch in patches {
      season.append(patch.scene.region)
      scene.append("\(patch.scene.scene)")
      number.append("\(patch.patch)")
    }
    season.trim()
    scene.trim()
    number.trim()
    self.init(
      fields: [Field("season", season), Field("scene", scene), Field("number", number)],
      id: .known("{season}_s2_{scene}_p{number}.tif"), cluster: .known("{season}_{scene}"),
      files: Dictionary(
        uniqueKeysWithValues: FileKind.allCases.map { kind in
          let name = kind.sensor.name
          let path = Template.known("{season}/\(name)_{scene}/{season}_\(name)_{scene}_p{number}.tif")
          return (name, [[GridFile(path: path)]])
        }))
  }
}

extension DataFolder {
  /// The samples of some patches, numbered in their order.
  package func store(of patches: [PatchID]) -> GeoTIFFTree { GeoTIFFTree(url, Catalogue(patches)) }
}
