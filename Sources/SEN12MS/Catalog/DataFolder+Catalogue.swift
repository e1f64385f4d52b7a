import Imagery

extension Catalogue {
  /// The catalogue of some patches, numbered in their order.
  package init(_ patches: [PatchID]) {
    var season = Field("season", capacity: patches.count)
    var scene = Field("scene", capacity: patches.count)
    var number = Field("number", capacity: patches.count)
    for patch in patches {
      season.append(patch.scene.region)
      scene.append("\(patch.scene.scene)")
      number.append("\(patch.patch)")
    }
    self.init(
      fields: [season, scene, number], id: "{season}_s2_{scene}_p{number}.tif", group: "{season}_{scene}",
      files: Dictionary(
        uniqueKeysWithValues: FileKind.allCases.map { kind in
          let name = kind.sensor.name
          return (name, ["{season}/\(name)_{scene}/{season}_\(name)_{scene}_p{number}.tif"])
        }))
  }
}

extension DataFolder {
  /// The samples of some patches, numbered in their order.
  package func store(of patches: [PatchID]) -> GeoTIFFTree { GeoTIFFTree(url, Catalogue(patches)) }
}
