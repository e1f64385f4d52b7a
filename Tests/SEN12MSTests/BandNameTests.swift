import Testing

@testable import Rasters
@testable import SEN12MS

@Suite struct BandNameTests {
  @Test(arguments: [
    ("VV", FileKind.s1, "VV"), ("vh", .s1, "VH"), ("Sigma0_VV_db", .s1, "VV"), ("sigma0_vh", .s1, "VH"),
    ("Gamma0-VH (dB)", .s1, "VH"), ("B2", .s2, "B2"), ("b02", .s2, "B2"), ("B8A", .s2, "B8A"),
    ("b8a", .s2, "B8A"),
    ("B08", .s2, "B8"), ("B10", .s2, "B10"), ("Band 12", .s2, "B12"), ("band_08", .s2, "B8"),
    ("Band 8A", .s2, "B8A"),
    ("B4, central wavelength 665 nm", .s2, "B4"), ("S2_B11_20m", .s2, "B11"),
    ("LCCS land use", .lc, "LCCS land use"),
  ])
  func namesOfManyStyles(text: String, kind: FileKind, band: String) {
    #expect(BandNames.band(text, kind.format).map { kind.bandNames[$0] } == band)
  }

  @Test(arguments: [
    ("", FileKind.s1), ("VV/VH", .s1), ("HH", .s1), ("B2", .s1), ("VV", .s2), ("B13", .s2), ("B2-B3", .s2),
    ("B2A", .s2), ("NDVI", .s2), ("1", .s2), ("B", .s2), ("B0", .s2), ("IGBP", .s2),
  ])
  func otherTexts(text: String, kind: FileKind) {
    #expect(BandNames.band(text, kind.format) == nil)
  }

  @Test func ordersOfBands() throws {
    let names = FileKind.s2.bandNames
    #expect(
      try BandNames.order(of: .init(repeating: "", count: 13), FileKind.s2.format)
        == .byPosition(isDescribed: false))
    #expect(
      try BandNames.order(of: names.indices.map { "layer\($0)" }, FileKind.s2.format)
        == .byPosition(isDescribed: true))
    #expect(try BandNames.order(of: names, FileKind.s2.format) == .byName(Array(0..<13)))
    #expect(
      try BandNames.order(of: names.reversed(), FileKind.s2.format) == .byName(Array((0..<13).reversed())))
    #expect(
      try BandNames.order(of: ["Sigma0_VH_db", "Sigma0_VV_db"], FileKind.s1.format) == .byName([1, 0]))
  }

  @Test(arguments: [
    (["VV", ""], "band 2 is called '', which is no Sentinel-1 band, but others are called VV"),
    (["angle", "VV"], "band 1 is called 'angle', which is no Sentinel-1 band, but others are called VV"),
    (["VV", "Sigma0_VV"], "bands 1 and 2 are both called VV"),
  ])
  func contradictions(descriptions: [String], problem: String) {
    let error = #expect(throws: BandNames.Conflict.self) {
      try BandNames.order(of: descriptions, FileKind.s1.format)
    }
    #expect(error?.problem == problem)
  }
}
