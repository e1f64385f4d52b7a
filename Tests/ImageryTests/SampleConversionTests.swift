import Testing

@testable import Basics
@testable import Imagery
@testable import Rasters

/// Stored numbers become values: for every type, with marks of missing samples, scales, and other pixels.
@Suite struct SampleConversionTests {
  private static let size = PatchSize(height: 6, width: 4)

  /// Two bands of 24 pixels: 3, 4, 5 …
  private static let numbers = (0..<48).map { $0 + 3 }

  private static func grid(_ type: SampleType, _ numbers: [Int]) -> MemoryStore.Grid {
    switch type {
    case .uint8: .uint8(numbers.map { UInt8($0) })
    case .uint16: .uint16(numbers.map { UInt16($0) })
    case .int16: .int16(numbers.map { Int16($0) })
    case .float32: .float32(numbers.map { Float($0) })
    case .float64: .float64(numbers.map { Double($0) })
    }
  }

  private static func sensor(_ type: SampleType, _ rules: SampleRules, span: GridSpan = .same) -> Sensor {
    Sensor(
      name: "x", title: "X", unit: "", cleaning: .none,
      grids: [.init(bands: ["a", "b"], type: type, span: span)], values: rules)
  }

  private static func values(
    _ sensor: Sensor, _ numbers: [Int], _ declared: [BandDeclaration] = []
  ) throws -> [Float] {
    let store = MemoryStore(
      size: size, patches: [["x": [grid(sensor.grids[0].type, numbers)]]], declared: ["x": declared])
    return try store.samples(of: 0, Channels(name: "x", sensor: sensor, bands: ["a", "b"]), size: size)
  }

  @Test(arguments: SampleType.allCases) func numbersBecomeValues(_ type: SampleType) throws {
    let numbers = Self.numbers
    #expect(try Self.values(Self.sensor(type, .init()), numbers) == numbers.map { Float($0) })
    // 7 of the sensor, 10 of the file's second band only: its first band may hold a 10.
    let marked = try Self.values(
      Self.sensor(type, .init(nodata: 7)), numbers, [.none, .init(nodata: 10)])
    #expect(marked.indices.filter { marked[$0].isNaN } == [4, 7])
    #expect(marked[8...].elementsEqual(numbers[8...].map { Float($0) }))
    // The file's scale, in doubles; it does not count where the sensor states one, in floats.
    let declared = [BandDeclaration](repeating: .init(nodata: 5, scale: 0.1, offset: -1), count: 2)
    let scaled = try Self.values(Self.sensor(type, .init()), numbers, declared)
    #expect(scaled[2].isNaN && scaled[9] == Float(12 * 0.1 + -1))
    let own = try Self.values(
      Self.sensor(type, .init(scaling: .init(scale: 0.1, offset: -1))), numbers, declared)
    let product = Float(12) * Float(0.1)
    #expect(own[2].isNaN && own[9] == product + -1)
  }

  /// A mark that the type cannot hold marks nothing.
  @Test(arguments: [SampleType.uint8, .uint16]) func marksBeyondTheTypeDoNothing(_ type: SampleType) throws {
    for nodata in [-9999, 70_000, 4.5] {
      let values = try Self.values(Self.sensor(type, .init(nodata: nodata)), Self.numbers)
      #expect(values == Self.numbers.map { Float($0) })
    }
  }

  /// Three samples from top to bottom, for six pixels: s = 0, 0.25, 0.75, 1.25, 1.75, 2.
  @Test(arguments: SampleType.allCases) func pixelsAreInterpolated(_ type: SampleType) throws {
    let rules = SampleRules(scaling: .init(scale: 2, offset: 0), resampling: .bilinear)
    let sensor = Self.sensor(type, rules, span: GridSpan(patch: 2, grid: 1))
    let rows = [[10, 50], [20, 90], [60, 50]]
    let numbers = rows.flatMap { $0 + $0 }
    let expected: [Float] = [20, 25, 35, 60, 100, 120].flatMap { [$0, $0, $0, $0] }
    let found = try Self.values(sensor, numbers)
    #expect(stride(from: 0, to: 48, by: 2).map { found[$0] } == expected)
    // A missing sample reaches as far as its weight.
    var gaps = numbers
    gaps[8] = 77
    var marked = rules
    marked.nodata = 77
    let missing = try Self.values(
      Self.sensor(type, marked, span: GridSpan(patch: 2, grid: 1)), gaps)
    // The lower left sample of band a: rows 3 to 5, columns 0 to 2.
    let reached = (3...5).flatMap { row in (0...2).map { (row * 4 + $0) * 2 } }
    #expect(missing.indices.filter { missing[$0].isNaN } == reached)
  }

  /// Pixels of 15 m in patches of 10 m: three of the patch have two. The nearest is ⌊t · 2 / 3⌋.
  @Test(arguments: SampleType.allCases) func pixelsOfOddSizesAreChosen(_ type: SampleType) throws {
    let size = PatchSize(height: 6, width: 3)
    let sensor = Self.sensor(type, .init(), span: GridSpan(patch: 3, grid: 2))
    let numbers = (0..<16).map { $0 + 1 }
    let store = MemoryStore(size: size, patches: [["x": [Self.grid(type, numbers)]]])
    let channels = Channels(name: "x", sensor: sensor, bands: ["b", "a"])
    let expected = (0..<6).flatMap { row in
      (0..<3).flatMap { column -> [Float] in
        let pixel = row * 2 / 3 * 2 + column * 2 / 3
        return [Float(numbers[pixel * 2 + 1]), Float(numbers[pixel * 2])]
      }
    }
    #expect(try store.samples(of: 0, channels, size: size) == expected)
    let error = #expect(throws: InputError.self) {
      try store.samples(of: 0, channels, size: PatchSize(height: 6, width: 4))
    }
    #expect(error?.problem.contains("does not fit patches of 6×4 pixels") == true)
  }

  /// Stored as they are where nothing is missing, and as floats where a sample is.
  @Test func onlyPatchesWithGapsBecomeFloats() throws {
    let sensor = Self.sensor(.uint16, .init(nodata: 0))
    var gaps = Self.numbers
    gaps[5] = 0
    let store = MemoryStore(
      size: Self.size,
      patches: [Self.numbers, gaps].map { ["x": [Self.grid(.uint16, $0)]] })
    let reader = try SampleReader(store, [sensor], size: Self.size)
    #expect(try reader.read(0, sensor)[0].values.type == .uint16)
    let grid = try reader.read(1, sensor)[0]
    #expect(grid.values.type == .float32 && grid.marks.words == "nodata 0")
    let channels = Channels(name: "x", sensor: sensor, bands: ["a", "b"])
    let scan = try MissingSampleScan(
      [0, 1], inputs: [channels], in: store, size: Self.size, Sweep(threads: 1))
    #expect(scan.clean == [0] && scan.dropped == [.init(patch: 1, samples: 1)])
    #expect(sensor.conversion == nil)
  }

  @Test func manyBandsAreRefusedInTime() throws {
    let bands = (0..<65).map { "c\($0)" }
    let sensor = Sensor(
      name: "x", title: "X", unit: "", cleaning: .none, grids: [.init(bands: bands, type: .uint8)])
    let store = MemoryStore(
      size: PatchSize(1), patches: [["x": [.uint8((0..<65).map { UInt8($0) })]]])
    let most = Channels(name: "x", sensor: sensor, bands: Array(bands.reversed().prefix(64)))
    #expect(
      try store.samples(of: 0, most, size: PatchSize(1)) == (1...64).reversed().map { Float($0) })
    let error = #expect(throws: InputError.self) {
      try store.samples(of: 0, Channels(name: "x", sensor: sensor, bands: bands), size: PatchSize(1))
    }
    #expect(error?.problem == "has 65 bands of X, expected at most 64")
  }
}
