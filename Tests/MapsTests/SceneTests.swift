import Basics
import CGDAL
import Foundation
import Imagery
import TestSupport
import Testing

@testable import Maps
@testable import Rasters

@Suite struct SceneTests {
  private let scratch: ScratchFolder
  private static let sensor = Sensor(
    name: "s2", title: "Sentinel-2", unit: "reflectance × 10⁴", cleaning: .none,
    grids: [.init(bands: ["B1", "B2", "B3"], type: .uint16)])
  private static let radar = Sensor(
    name: "s1", title: "Sentinel-1", unit: "dB", cleaning: .clip(-25...0),
    grids: [.init(bands: ["VV"], type: .float32)])
  private let optical = [Channels(name: "s2", sensor: Self.sensor, bands: ["B3", "B1"])]
  private let both = [
    Channels(name: "s2", sensor: Self.sensor, bands: ["B3", "B1"]),
    Channels(name: "s1", sensor: Self.radar, bands: ["VV"]),
  ]

  init() throws { scratch = try ScratchFolder() }

  /// Writes an image whose sample in band b, row y, column x is 1000 · b + 10 · y + x.
  @discardableResult private func image(
    _ name: String, bands: Int = 3, size: PatchSize = PatchSize(height: 8, width: 10), east: Double = 500_000,
    north: Double = 5_200_000, epsg: Int = 32_633, add: Int = 0
  ) throws -> String {
    let path = scratch.file(name).path
    let format = RasterFormat(
      title: "image", bandNames: (0..<bands).map { "X\($0)" }, type: bands == 1 ? .float32 : .uint16)
    let place = Georeference(
      east: east, north: north, projection: try Georeference.projection(epsg: epsg))
    let values = (0..<bands).flatMap { band in
      (0..<size.pixels).map { 1000 * band + 10 * ($0 / size.width) + $0 % size.width + add }
    }
    if bands == 1 {
      try values.map { -Float($0) / 10 - 1 }.withUnsafeBytes {
        try GeoTIFFWriter.write($0, to: path, format: format, size: size, georeference: place)
      }
    } else {
      try values.map { UInt16($0) }.withUnsafeBytes {
        try GeoTIFFWriter.write($0, to: path, format: format, size: size, georeference: place)
      }
    }
    return path
  }

  private func scene(
    _ images: [String], _ inputs: [Channels], bands: [String] = [], offsets: [String] = [],
    nodata: [String] = [], masks: [String] = [], warp: Resampling? = nil
  ) throws -> Scene {
    try Scene(
      SceneRequest(
        images: images, bands: bands, offsets: offsets, nodata: nodata, masks: masks, warp: warp),
      inputs: inputs)
  }

  private func plan(_ scene: Scene, window: Int = 4, stride: Int = 2) -> WindowPlan {
    WindowPlan(
      scene: scene.size, window: PatchSize(window), stride: stride, isFull: false, samples: scene.samples)
  }

  /// The samples of a window, band by band as the network takes them.
  private func samples(_ scene: Scene, _ plan: WindowPlan, unit: Int, window: Int) throws -> [Float] {
    let strip = try scene.strip(of: plan.units[unit], plan)
    return try strip.samples(of: window, scene.inputs[0], size: plan.window)
  }

  @Test func windowsHoldTheSamplesUnderThem() throws {
    let scene = try scene(["s2=" + image("a.tif")], optical)
    let plan = plan(scene)
    #expect(
      scene.size == PatchSize(height: 8, width: 10) && plan.tops == [0, 2, 4] && plan.lefts == [0, 2, 4, 6])
    // B3 is the third band of the file, B1 the first.
    let expected = (0..<16).flatMap { pixel -> [Float] in
      let place = Float(10 * (4 + pixel / 4) + 6 + pixel % 4)
      return [2000 + place, place]
    }
    #expect(try samples(scene, plan, unit: 2, window: 3) == expected)
  }

  @Test func offsetAndNodataComeBeforeTheNetwork() throws {
    // Row 0, column 0 of band B1 holds 0.
    let scene = try scene(["s2=" + image("a.tif")], optical, offsets: ["s2=-5"], nodata: ["s2=0"])
    let plan = plan(scene)
    let found = try samples(scene, plan, unit: 0, window: 0)
    #expect(found[0] == 1995 && found[1].isNaN && found[2] == 1996 && found[3] == -4)
    let strip = try scene.strip(of: plan.units[0], plan)
    #expect(strip.missingShares == [1.0 / 16, 0, 0, 0])
  }

  /// A product as it is downloaded: a JPEG 2000 file for each band, and one of the scene classification.
  @Test func filesOfOneBandInJPEG2000() throws {
    let whole = try image("a.tif")
    let mask = try lossless(image("mask.tif", bands: 2), band: 1, "T33UUP_SCL_10m.jp2")
    let files = try (1...3).map { try lossless(whole, band: $0, "T33UUP_B0\($0)_10m.jp2") }
    #expect(try SceneFile(files[0]).format == "JP2OpenJPEG")
    let product = try scene(files.map { "s2=" + $0 }, optical, masks: [mask + ":0-1"])
    let expected = try scene(["s2=" + whole], optical, masks: [scratch.file("mask.tif").path + ":0-1"])
    let plan = plan(product)
    #expect(
      product.grid.transform == expected.grid.transform && product.size == PatchSize(height: 8, width: 10))
    for unit in plan.units.indices {
      for window in plan.lefts.indices {
        #expect(
          try samples(product, plan, unit: unit, window: window).map(\.bitPattern)
            == samples(expected, plan, unit: unit, window: window).map(\.bitPattern))
      }
    }
  }

  /// Writes a band of a file as JPEG 2000 without loss.
  private func lossless(_ source: String, band: Int, _ name: String) throws -> String {
    SceneDrivers.require()
    let path = scratch.file(name).path
    let words = ["-b", "\(band)", "-of", "JP2OpenJPEG", "-co", "QUALITY=100", "-co", "REVERSIBLE=YES"]
    let input = try #require(GDALOpen(source, GA_ReadOnly))
    defer { GDALClose(input) }
    let list = words.reduce(nil as UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
      CSLAddString($0, $1)
    }
    let options = GDALTranslateOptionsNew(list, nil)
    defer { GDALTranslateOptionsFree(options) }
    CSLDestroy(list)
    GDALClose(GDALTranslate(path, input, options, nil))
    return path
  }

  @Test func masksMakePixelsMissing() throws {
    let mask = try image("mask.tif", bands: 2)
    // Numbers 0 to 3 lie in row 0, columns 0 to 3 of the mask's first band.
    let scene = try scene(["s2=" + image("a.tif")], optical, masks: ["\(mask):0-1,3"])
    let strip = try scene.strip(of: plan(scene).units[0], plan(scene))
    #expect(strip.missingShares[0] == 3.0 / 16)
    let found = try strip.samples(of: 0, scene.inputs[0], size: PatchSize(4))
    #expect(found[0].isNaN && found[3].isNaN && found[4] == 2002 && found[7].isNaN)
    // Cells have 2 × 2 pixels: of the first two are missing, of the second one.
    #expect(strip.missingCells == [Bool](repeating: false, count: 5))
  }

  @Test func imagesThatOverlapGiveWhatAllCover() throws {
    let scene = try scene(
      ["s2=" + image("a.tif"), "s1=" + image("b.tif", bands: 1, east: 500_030, north: 5_199_980)], both)
    #expect(scene.size == PatchSize(height: 6, width: 7))
    #expect(scene.grid.transform == [500_030, 10, 0, 5_199_980, 0, -10])
    #expect(
      scene.notes == ["b.tif covers 7 of 10 columns and 6 of 8 rows: the map has what all images cover"])
    let plan = plan(scene)
    // The first window begins at row 2, column 3 of the first image.
    #expect(try samples(scene, plan, unit: 0, window: 0).prefix(2) == [2023, 23])
    let strip = try scene.strip(of: plan.units[0], plan)
    #expect(try strip.samples(of: 0, scene.inputs[1], size: PatchSize(4)).prefix(2) == [-1, -1.1])
  }

  @Test func boundsChooseAPart() throws {
    let path = try image("a.tif")
    func scene(_ bounds: String) throws -> Scene {
      try Scene(SceneRequest(images: ["s2=" + path], bounds: bounds), inputs: optical)
    }
    let part = try scene("500020,5199950,500080,5199990")
    #expect(part.size == PatchSize(height: 4, width: 6) && part.column == 2 && part.row == 1)
    let error = #expect(throws: InputError.self) { try scene("0,0,1,1") }
    #expect(error?.description.contains("500000,5199920,500100,5200000") == true)
  }

  @Test func otherPixelsNeedWarp() throws {
    let first = try image("a.tif")
    for other in [
      try image("system.tif", bands: 1, epsg: 32_632), try image("beside.tif", bands: 1, east: 500_003),
    ] {
      let error = #expect(throws: InputError.self) { try scene(["s2=" + first, "s1=" + other], both) }
      #expect(error?.kind == .data && error?.remedy?.contains("--warp") == true)
    }
    let warped = try scene(
      ["s2=" + first, "s1=" + image("beside.tif", bands: 1, east: 500_003)], both, warp: .nearest)
    #expect(warped.size.height == 8)
    let plan = plan(warped)
    let strip = try warped.strip(of: plan.units[0], plan)
    // The nearest pixel is that of the same number.
    #expect(try strip.samples(of: 1, warped.inputs[1], size: PatchSize(4)).prefix(2) == [-1.2, -1.3])
  }

  @Test func aSmallSceneIsMirrored() throws {
    let scene = try scene(["s2=" + image("a.tif", size: PatchSize(height: 2, width: 3))], optical)
    let plan = plan(scene)
    #expect(plan.windows == 1 && plan.isMirrored)
    let found = try samples(scene, plan, unit: 0, window: 0)
    let first = stride(from: 1, to: found.count, by: 2).map { found[$0] }
    #expect(first == [0, 1, 2, 2, 10, 11, 12, 12, 10, 11, 12, 12, 0, 1, 2, 2])
  }

  @Test func bandsAreFoundByNamesFilesAndTheUser() throws {
    let two = try image("two.tif", bands: 2)
    let nameless = #expect(throws: InputError.self) { try scene(["s2=" + two], optical) }
    #expect(nameless?.remedy == "name the bands of the file in their order, e.g. --bands s2=B1,B3")
    let named = try scene(["s2=" + two], optical, bands: ["s2=B3,B01"])
    #expect(try samples(named, plan(named), unit: 0, window: 0).prefix(2) == [0, 1000])
    let wrong = #expect(throws: InputError.self) { try scene(["s2=" + two], optical, bands: ["s2=B3"]) }
    #expect(wrong?.problem == "names 1 band, but the 1 file of s2 has 2")
    let stranger = #expect(throws: InputError.self) { try scene(["s2=" + two], optical, bands: ["s2=B3,B9"]) }
    #expect(stranger?.problem == "Sentinel-2 has no band 'B9'")
    let unused = #expect(throws: InputError.self) { try scene(["s2=" + two], optical, bands: ["s2=B3,-"]) }
    #expect(unused?.problem == "the network needs band B1 of Sentinel-2, but this file has B3")
  }

  @Test func sensorsOfTheNetworkAreAskedFor() throws {
    let path = try image("a.tif")
    let absent = #expect(throws: InputError.self) { try scene(["s2=" + path], both) }
    #expect(absent?.remedy == "give --image s1=FILE")
    let unknown = #expect(throws: InputError.self) { try scene(["s3=" + path], optical) }
    #expect(unknown?.remedy == "did you mean 's2'?")
  }

  @Test func valuesThatLookLikeAnotherUnitAreNamed() throws {
    func warnings(_ add: Int, offsets: [String] = []) throws -> [String] {
      try ValueHints(scene(["s2=" + image("v.tif", add: add)], optical, offsets: offsets)).warnings
    }
    #expect(try warnings(1) == [])
    #expect(try warnings(1500).first?.contains("--offset s2=-1000") == true)
    #expect(try warnings(1500, offsets: ["s2=-1000"]) == [])
    #expect(try warnings(1, offsets: ["s2=-1000"]).first?.contains("need no offset") == true)
  }

  @Test func onlyFilesOfThisMachineAreOpened() throws {
    for path in ["/vsicurl/http://127.0.0.1:9/a.tif", "https://127.0.0.1:9/a.tif", "/vsimem/a.tif"] {
      let error = #expect(throws: InputError.self) { try SceneFile(path) }
      #expect(error?.problem == "is no file of this machine")
    }
    let raster = scratch.file("far.vrt")
    for source in ["/vsicurl/http://127.0.0.1:9/a.tif", "WMS:http://127.0.0.1:9"] {
      try """
      <VRTDataset rasterXSize="2" rasterYSize="2"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>
      <SourceFilename relativeToVRT="0">\(source)</SourceFilename><SourceBand>1</SourceBand></SimpleSource>
      </VRTRasterBand></VRTDataset>
      """.write(to: raster, atomically: true, encoding: .utf8)
      #expect(throws: InputError.self) { try SceneFile(raster.path) }
    }
  }

  @Test(
    arguments: [
      (["s2"], nil, "expected a sensor and a value"), (["s2=a"], "1,2,3", "four rising numbers"),
      (["s2=a"], "3,2,1,4", "four rising numbers"), ([], nil, "no image is given"),
    ] as [([String], String?, String)])
  func wordsOfAnotherFormAreRefused(_ images: [String], _ bounds: String?, _ problem: String) {
    let error = #expect(throws: InputError.self) { try SceneRequest(images: images, bounds: bounds) }
    #expect(error?.kind == .usage && error?.description.contains(problem) == true)
  }

  @Test(arguments: ["a.tif", "a.tif:", "a.tif:x", "a.tif:3-1", "a.tif:1,,2"])
  func masksOfAnotherFormAreRefused(_ mask: String) {
    #expect(throws: InputError.self) { try SceneRequest(images: ["s2=a"], masks: [mask]) }
  }
}
