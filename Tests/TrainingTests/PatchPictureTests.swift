import Basics
import DataSets
import Experiments
import Imagery
import Pictures
import TestSupport
import Testing

@testable import Training

@Suite struct PatchPictureTests {
  private static func sensor(
    _ bands: [String], unit: String, _ cleaning: Cleaning = .none
  ) -> Imagery.Sensor {
    Imagery.Sensor(
      name: "x", title: "X", unit: unit, cleaning: cleaning, grids: [.init(bands: bands, type: .float32)])
  }

  private static func views(_ sensor: Imagery.Sensor) -> [BandView] {
    SensorViews(of: sensor, used: sensor.bandNames, statistics: nil).views
  }

  /// Bytes are shown as they are, bands by name, and a pixel with a missing sample is magenta.
  @Test func brightnessIsShownAsItIs() throws {
    let sensor = Self.sensor(["blue", "red", "green"], unit: "brightness")
    let view = try #require(Self.views(sensor).first)
    let (picture, detail) = view.picture(
      [1, 2, 3, 250, 251, 252, 9, .nan, 9], sensor.bandNames, PatchSize(height: 1, width: 3))
    #expect(picture[0, 0] == Colour(red: 2, green: 3, blue: 1))
    #expect(picture[0, 1] == Colour(red: 251, green: 252, blue: 250))
    #expect(picture[0, 2] == .missing)
    #expect(detail == "red 0…255, green 0…255, blue 0…255")
  }

  @Test func radarHasTheRangeOfTheDataSet() throws {
    let sensor = Self.sensor(["VV", "VH"], unit: "dB", .clip(-20...0))
    let views = Self.views(sensor)
    #expect(views.map(\.title) == ["radar", "VV", "VH"])
    let picture = views[0].picture([-10, -16, -30, -30], sensor.bandNames, PatchSize(height: 2, width: 1))
      .picture
    // −10 of −20…0; −16 of −20…0; 6 of 0…15.
    #expect(picture[0, 0] == Colour(red: 128, green: 51, blue: 102))
    #expect(picture[1, 0] == Colour(red: 0, green: 0, blue: 0))
  }

  @Test func bandsAreFoundByName() {
    func titles(_ bands: [String], _ unit: String = "") -> [String] {
      Self.views(Self.sensor(bands, unit: unit)).map { "\($0.title) \($0.bands.joined(separator: " "))" }
    }
    #expect(
      titles(["B02", "B03", "B04", "B08"], "reflectance*10000")
        == ["true colour B04 B03 B02", "false colour B08 B04 B03"])
    #expect(
      titles(["nir", "red", "green", "blue"]) == ["true colour red green blue", "false colour nir red green"])
    #expect(titles(["HH", "HV"], "dB")[0] == "radar HH HV HH HV")
    #expect(
      titles(["height", "slope", "aspect", "rest"]) == ["height height", "slope slope", "aspect aspect"])
    #expect(titles(["VH_real", "VH_lee", "VV_lee"])[0] == "radar VV_lee VH_lee VV_lee VH_lee")
  }

  /// Percentiles where the patch has contrast; else its place in the usual range, as the comment on `Contrast` computes.
  @Test func contrast() {
    let contrast = Contrast(usual: 200...3200, leastSpan: 1000)
    let wide = contrast.range(of: (0...10_000).map(Float.init))
    #expect(wide == 100...9900)
    let flat = contrast.range(of: [600, 700])
    #expect(abs(flat.lowerBound - 465) < 0.01 && abs(flat.upperBound - 1465) < 0.01)
    #expect(contrast.range(of: [.nan, .infinity]) == 0...1)
    #expect(Contrast(usual: nil, leastSpan: 0).range(of: [5, .nan, 5]) == 5...5)
  }

  /// The label map of DFC2020: pixels in the colours of the legend, as many as the shares say.
  @Test func labelMapsHaveTheLegendsColours() throws {
    let data = Fixtures.url("DataSets/dfc2020").path
    let experiment = try Experiment(yaml: nil, manifest: .found(dataFolder: data))
    let named = try NamedPatches(["ROIs0000_test_s2_0_p18"], experiment, data: data, labels: nil, threads: 1)
    let all = try ShownPatch.all(named, experiment, data: data, side: 256) { _ in }
    let shown = try #require(all.first)
    #expect(
      shown.pictures.map(\.title) == [
        "true colour", "false colour", "radar", "VV", "VH", "label map", "classes",
      ])
    let map = try #require(shown.pictures.first { $0.kind == .labelMap }).picture
    for own in shown.values.classes {
      let colour = try #require(Colour(hex: own.colour))
      var pixels = 0
      for row in 0..<map.height { pixels += (0..<map.width).count { map[row, $0] == colour } }
      #expect(Double(pixels) / Double(map.width * map.height) == own.share, "\(own.name)")
    }
    #expect(shown.values.classes.contains { $0.isTrue == true })
  }

  /// A picture has the same bytes on every thread.
  @Test func picturesAreTheSameOnEveryThread() async throws {
    let data = Fixtures.url("DataSets/own-folder").path
    let experiment = try Experiment(yaml: nil, manifest: .found(dataFolder: data))
    let named = try NamedPatches(["north_001"], experiment, data: data, labels: nil, threads: 1)
    let pictures = PatchPictures(
      experiment, named.catalogue, named.store, size: PatchSize(height: 48, width: 40), data: data)
    let patch = named.patches[0]
    let one = try pictures.pictures(of: patch)
    let others = try await withThrowingTaskGroup(of: [PatchPicture].self) { group in
      for _ in 0..<4 { group.addTask { try pictures.pictures(of: patch) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(one.count == 5 && others.allSatisfy { $0 == one })
  }
}
