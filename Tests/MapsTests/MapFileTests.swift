import Basics
import CGDAL
import Foundation
import Rasters
import TestSupport
import Testing

@Suite struct MapFileTests {
  @Test func aMapHasColoursNamesAndOverviews() throws {
    let scratch = try ScratchFolder()
    let grid = RasterGrid(
      projection: try Georeference.projection(epsg: 32_633), transform: [500_000, 20, 0, 5_200_000, 0, -20],
      size: PatchSize(height: 300, width: 700))
    let classes = [
      ("no data", Colour(hex: "#000000")!), ("Forest", Colour(hex: "#1a9850")!),
      ("<b>Water & ice</b>", Colour(hex: "#4477aa")!),
    ]
    let path = scratch.file("map.tif").path
    let file = try MapFile(
      scratch.file("work.tif").path,
      .init(grid: grid, samples: .classes(classes), notes: [("STRIDE", "128")]))
    let values = (0..<300 * 700).map { UInt8($0 / 700 / 100) }
    try values.withUnsafeBytes { bytes in
      for rows in [0..<256, 256..<300] {
        try file.write(
          rows: rows, UnsafeRawBufferPointer(rebasing: bytes[rows.lowerBound * 700..<rows.upperBound * 700]))
      }
    }
    try file.finish(as: path)
    #expect(!FileManager.default.fileExists(atPath: scratch.file("work.tif").path))

    let dataset = try #require(GDALOpen(path, GA_ReadOnly))
    defer { GDALClose(dataset) }
    let band = GDALGetRasterBand(dataset, 1)
    #expect(GDALGetOverviewCount(band) == 2)
    #expect(GDALGetRasterNoDataValue(band, nil) == 0)
    let table = try #require(GDALGetRasterColorTable(band))
    var colour = GDALColorEntry()
    GDALGetColorEntryAsRGB(table, 1, &colour)
    #expect([colour.c1, colour.c2, colour.c3] == [0x1a, 0x98, 0x50])
    #expect(GDALGetMetadataItem(dataset, "LAYOUT", "IMAGE_STRUCTURE").map { String(cString: $0) } == "COG")
    #expect(GDALGetMetadataItem(dataset, "STRIDE", nil).map { String(cString: $0) } == "128")
    var found = [UInt8](repeating: 9, count: values.count)
    #expect(
      GDALRasterIO(band, GF_Read, 0, 0, 700, 300, &found, 700, 300, GDT_Byte, 0, 0) == CE_None)
    #expect(found == values)
    let names = try String(contentsOfFile: path + ".aux.xml", encoding: .utf8)
    #expect(names.contains("<Category>Forest</Category>"))
    #expect(names.contains("&lt;b&gt;Water &amp; ice&lt;/b&gt;"))
    #expect(try SceneFile(path).grid.transform == grid.transform)
  }

  @Test func aFolderThatCannotBeWrittenIsNamed() throws {
    let grid = RasterGrid(projection: "", transform: nil, size: PatchSize(4))
    let error = #expect(throws: InputError.self) {
      try MapFile("/nowhere/map.tif", .init(grid: grid, samples: .floats(["a"]), notes: []))
    }
    #expect(error?.kind == .environment)
  }
}
