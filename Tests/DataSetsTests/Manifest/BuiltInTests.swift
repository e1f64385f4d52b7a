import Basics
import Imagery
import Rasters
import TestSupport
import Testing

@testable import DataSets

/// A manifest of the fixtures.
func fixture(_ name: String) throws -> Manifest {
  try Manifest(contentsOf: Fixtures.url("DataSets/\(name)/dataset.yaml").path)
}

extension Manifest {
  func sensor(_ name: String) throws -> SensorRules { try #require(sensors.first { $0.sensor.name == name }) }
  func scheme(_ name: String) throws -> ClassScheme { try #require(schemes.first { $0.name == name }) }
}

extension SensorRules {
  /// The templates of a grid's files, with places and numbers of bands.
  func files(_ grid: Int) -> [String] {
    guard case .files(let files) = place else { return [] }
    return files[grid].map { file in
      file.path.text
        + (file.bands.map { " " + $0.map { "\($0.place):\($0.number)" }.joined(separator: ",") } ?? "")
    }
  }
}

@Suite struct BuiltInTests {
  @Test(arguments: Manifest.builtInNames)
  func everyOneIsRead(_ name: String) throws {
    let manifest = try Manifest.builtIn(named: name)
    #expect(manifest.name == name && manifest.source == name)
    #expect(manifest.sha256.count == 64)
    #expect(manifest.schemes.map(\.name).contains(manifest.labels.scheme))
    #expect(!manifest.splits.isEmpty && manifest.schemes[0].classNames == manifest.classes)
    for sensor in manifest.sensors where name != "own-folder" {
      #expect(["Sentinel-1", "Sentinel-2", "Sentinel-2 with clouds"].contains(sensor.sensor.title))
      #expect(!sensor.sensor.unit.isEmpty)
    }
    if name != "own-folder" {
      #expect(manifest.about.licence != nil && manifest.about.get != nil && manifest.about.size != nil)
    }
    // Statistics that are stated cover what a run uses.
    if case .stated(let normalisation, _) = manifest.statistics {
      for rules in manifest.sensors {
        let channels = Channels(name: "all", sensor: rules.sensor, bands: rules.usedBands)
        #expect(normalisation.covers(channels), "\(name): \(rules.sensor.name)")
      }
    }
  }

  @Test func unknownNames() throws {
    let error = try #require(throws: InputError.self) { try Manifest.builtIn(named: "sen12-ms") }
    #expect(error.kind == .usage && error.description.contains("did you mean 'sen12ms'?"))
  }

  /// SEN12MS keeps the names, classes and numbers of checkpoints and logs.
  @Test func sen12ms() throws {
    let manifest = try Manifest.builtIn(named: "sen12ms")
    let (s1, s2) = (try manifest.sensor("s1"), try manifest.sensor("s2"))
    let bands = ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12"]
    #expect(
      s1.sensor
        == Sensor(
          name: "s1", title: "Sentinel-1", unit: "dB", cleaning: .clip(-25...0),
          grids: [.init(bands: ["VV", "VH"], type: .float32)], values: .init(acceptsOtherTypes: true)))
    #expect(
      s2.sensor
        == Sensor(
          name: "s2", title: "Sentinel-2", unit: "reflectance × 10⁴", cleaning: .none,
          grids: [.init(bands: bands, type: .uint16)], values: .init(acceptsOtherTypes: true)))
    #expect(s2.usedBands == ["B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B11", "B12"])
    #expect(manifest.inputs == [Channels(name: "rgb", sensor: s2.sensor, bands: ["B2", "B3", "B4"])])
    #expect(manifest.catalog.id.text == "{season}_s2_{scene}_p{number}.tif")
    #expect(manifest.cluster?.text == "{season}_{scene}" && manifest.group == nil)
    #expect(manifest.catalog.exclude == ["ROIs1868_summer_s2_146_p202.tif"])
    #expect(manifest.labels.scheme == "simplified" && manifest.labels.threshold == 0.1)
    #expect(manifest.patchSize == nil && manifest.classes.count == 17)
    #expect(s2.files(0) == ["{season}/s2_{scene}/{id}"])
    let simplified = try manifest.scheme("simplified")
    #expect(
      simplified.classNames == [
        "Forest", "Shrubland", "Savanna", "Grassland", "Wetlands", "Croplands", "Urban/Built-up", "Snow/Ice",
        "Barren", "Water",
      ])
    #expect(
      simplified.classes.map(\.members) == [
        [0, 1, 2, 3, 4], [5, 6], [7, 8], [9], [10], [11, 13], [12], [14], [15], [16],
      ])
    guard case .stated(let normalisation, _) = manifest.statistics else {
      Issue.record("the statistics are stated")
      return
    }
    #expect(normalisation.sensors.map(\.sensor) == ["s1", "s2"])
    #expect(
      normalisation.figures(of: "s1")?.bands
        == .init(mean: [-11.76858, -18.294598], std: [4.525339, 4.3586307]))
    #expect(normalisation.figures(of: "s2")?.bandNames == s2.usedBands)
    #expect(normalisation.figures(of: "s2")?.bands.mean[7] == 2409.1128)
    guard case .files(let template, let match) = manifest.catalog.source else {
      Issue.record("the catalogue lists files")
      return
    }
    let pattern = try PathPattern(template, match: match)
    #expect(
      pattern.values(in: "ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p30.tif") == [
        "ROIs1158_spring", "1", "30",
      ])
    for stranger in [
      "ROIs1158_spring/s2_01/ROIs1158_spring_s2_01_p30.tif",
      "ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p030.tif",
      "ROIs1158_spring/s2_1/ROIs1158_spring_s2_2_p30.tif",
      "ROIs1158_Spring/s2_1/ROIs1158_Spring_s2_1_p30.tif",
    ] { #expect(pattern.values(in: stranger) == nil, "\(stranger)") }
  }

  /// Statistics of another manifest are found by sensor and band: B2 there is B02 here.
  @Test func presets() throws {
    let published = try Manifest.builtIn(named: "sen12ms")
    guard case .stated(let theirs, _) = published.statistics,
      case .stated(let ours, let source) = try Manifest.builtIn(named: "sen12ms-cr").statistics
    else {
      Issue.record("both state statistics")
      return
    }
    #expect(ours.sensors.map(\.sensor) == ["s2", "s2_cloudy", "s1"] && source == "sen12ms/s2; sen12ms/s1")
    #expect(ours.figures(of: "s2_cloudy")?.bands == theirs.figures(of: "s2")?.bands)
    #expect(ours.figures(of: "s2")?.bandNames.prefix(2) == ["B02", "B03"])
  }

  /// Bands of 10, 20 and 60 m are three grids, in the order in which they first occur.
  @Test(arguments: [true, false])
  func bigEarthNet(isBuiltIn: Bool) throws {
    let manifest = isBuiltIn ? try Manifest.builtIn(named: "bigearthnet-v2") : try fixture("bigearthnet-v2")
    let s2 = try manifest.sensor("s2")
    #expect(
      s2.sensor.grids.map(\.bands) == [
        ["B01", "B09"], ["B02", "B03", "B04", "B08"], ["B05", "B06", "B07", "B8A", "B11", "B12"],
      ])
    #expect(s2.sensor.grids.map(\.span) == [.init(patch: 6, grid: 1), .same, .init(patch: 2, grid: 1)])
    #expect(s2.sensor.bandNames.prefix(3) == ["B01", "B02", "B03"] && s2.usedBands == s2.sensor.bandNames)
    #expect(s2.sensor.values == .init(nodata: 0))
    let path = "BigEarthNet-S2/{s2_tile}/{patch_id}/{patch_id}_"
    #expect(s2.files(0) == ["\(path)B01.tif 0:1", "\(path)B09.tif 1:1"])
    #expect(s2.sensor.grids[2].size(in: PatchSize(120)) == PatchSize(60))
    #expect(manifest.patchSize == PatchSize(120) && manifest.pixelMetres == 10)
    #expect(manifest.classes.count == 19 && manifest.classes[13] == "Transitional woodland, shrub")
    #expect(
      manifest.catalog.conditions.map(\.field) == ["contains_seasonal_snow", "contains_cloud_or_shadow"])
    #expect(manifest.catalog.conditions.map(\.values) == [["false"], ["false"]])
    #expect(manifest.catalog.fields.map(\.name) == ["s2_tile", "location", "s1_tile"])
    #expect(
      manifest.neededFields == [
        "patch_id", "s1_name", "contains_seasonal_snow", "contains_cloud_or_shadow", "labels", "split",
      ])
    try manifest.requireFields(manifest.neededFields + ["country"])
    guard case .match(of: "patch_id", let expression) = manifest.catalog.fields[1].origin else {
      Issue.record("a place follows from the patch's name")
      return
    }
    #expect(expression.capture("S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP_26_57") == "T33UUP_26_57")
    guard case .field("labels", separator: ";") = manifest.labels.source else {
      Issue.record("labels are a field")
      return
    }
  }

  @Test func bigEarthNetOfVersion1() throws {
    let manifest = try Manifest.builtIn(named: "bigearthnet-v1")
    let merged = try manifest.scheme("19")
    #expect(merged.classCount == 19 && manifest.classes.count == 43)
    #expect(merged.classes[2].name == "Arable land" && merged.classes[2].members == [11, 12, 13])
    #expect(
      manifest.unlabelled(in: merged) == .exclude && manifest.unlabelled(in: manifest.schemes[0]) == .error)
    #expect(try merged == fixture("bigearthnet-v1").scheme("19"))
    guard case .table(let files, columns: ["s2_name", "s1_name"]) = manifest.catalog.source else {
      Issue.record("the catalogue is a table without header")
      return
    }
    #expect(files.count == 3 && manifest.group?.text == "{location}" && manifest.cluster?.text == "{s2_tile}")
  }

  @Test func arrays() throws {
    let manifest = try Manifest.builtIn(named: "so2sat")
    guard case .arrays(let parts, let rows) = manifest.catalog.source else {
      Issue.record("patches are rows of arrays")
      return
    }
    #expect(
      parts == ["training", "validation", "testing"] && rows.name == "label" && rows.file.text == "{part}.h5")
    let s1 = try manifest.sensor("s1")
    #expect(
      s1.sensor.grids.count == 1 && s1.sensor.grids[0].type == .float64 && s1.sensor.bandNames.count == 8)
    guard case .array(let place, isChannelsFirst: false) = s1.place else {
      Issue.record("samples lie in an array")
      return
    }
    #expect(place.name == "sen1" && manifest.knownLeakage?.contains("halves of the same ten cities") == true)
    guard case .array(let city) = manifest.catalog.fields[0].origin else {
      Issue.record("the city lies in an array")
      return
    }
    #expect(city.name == "city" && city.file.text == "{part}_geo.h5")
    #expect(
      try Manifest.builtIn(named: "so2sat-v2").group == nil
        && Manifest.builtIn(named: "so2sat-v3").group == nil)
    #expect(try fixture("so2sat").knownLeakage == nil && fixture("so2sat").classes == manifest.classes)
  }

  @Test func rasters() throws {
    let landUse = try Manifest.builtIn(named: "sen12ms-landuse")
    guard case .raster(let path, band: 3, let codes, ignore: [255]) = landUse.labels.source else {
      Issue.record("labels are band 3 of a raster")
      return
    }
    #expect(
      path.text.hasPrefix("{season}/lc_{scene}/") && codes.count == 11 && codes[35] == landUse.classes[8])
    #expect(try landUse.scheme("use").classes[1].members == [9, 8, 6] && landUse.labels.scheme == "use")
    let dfc = try fixture("dfc2020")
    #expect(try dfc.scheme("8").classes.map(\.members) == [[0], [1], [3], [4], [5], [6], [8], [9]])
    guard case .stated(let statistics, source: "sen12ms") = dfc.statistics else {
      Issue.record("statistics are those of SEN12MS")
      return
    }
    #expect(statistics.sensors.map(\.bandNames.count) == [10, 2] && dfc.labels.scheme == "full")
  }

  @Test func ownFolder() throws {
    for manifest in [try fixture("own-folder"), try Manifest.builtIn(named: "own-folder")] {
      let sar = try manifest.sensor("sar")
      #expect(sar.sensor.values == .init(scaling: .init(scale: 0.01, offset: 0), nodata: -32768))
      #expect(sar.sensor.grids == [.init(bands: ["HH", "HV"], type: .int16, span: .init(patch: 2, grid: 1))])
      #expect(
        sar.files(0) == ["{folder}/{name}_sar.tif"] && manifest.patchSize == PatchSize(height: 48, width: 40))
      #expect(manifest.catalog.unlabelled == .exclude && manifest.statistics == .computed)
      #expect(
        manifest.splits.map(\.split) == [.train, .validation, .test] && manifest.classes[1] == "forest, mixed"
      )
      #expect(manifest.neededFields == ["name", "folder", "cover", "part", "region"])
    }
  }
}
