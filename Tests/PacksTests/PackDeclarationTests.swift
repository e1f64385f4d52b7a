import Foundation
import PackSupport
import TestSupport
import Testing

@testable import Basics
@testable import Imagery
@testable import Packs
@testable import Rasters

@Suite struct PackDeclarationTests {
  /// Three patches of a sensor with two grids, of which one patch declares something.
  private struct Store: PatchStore {
    static let sensor = Sensor(
      name: "m", title: "Mixed", unit: "", cleaning: .none,
      grids: [
        .init(bands: ["A", "B"], type: .int16),
        .init(bands: ["C"], type: .float64, span: GridSpan(patch: 2, grid: 1)),
      ])
    static let size = PatchSize(height: 8, width: 6)
    static let declared = [
      BandDeclaration(nodata: -1, scale: 0.5, offset: 2), BandDeclaration(nodata: nil, scale: 1, offset: 0),
    ]

    func reader() throws -> any PatchReading { Reader() }
    func source(of patch: Int, _ sensor: Sensor) -> String { "patch \(patch)" }

    private final class Reader: PatchReading {
      func read(
        _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
      ) throws -> [RawGrid] {
        zip(sensor.grids, sensor.rooms(in: memory, at: size)).map { grid, room in
          let count = grid.size(in: size).pixels * grid.bands.count
          for index in 0..<count {
            if grid.type == .int16 {
              room.storeBytes(of: Int16(patch - 1 + index % 7), toByteOffset: 2 * index, as: Int16.self)
            } else {
              room.storeBytes(of: Double(patch) + Double(index) / 3, toByteOffset: 8 * index, as: Double.self)
            }
          }
          return RawGrid(
            size: grid.size(in: size), values: SampleValues(room.baseAddress!, type: grid.type, count: count),
            source: "", marks: MissingMarks(isFloat: !grid.type.isInteger),
            declared: patch == 1 && grid.type == .int16 ? Store.declared : [])
        }
      }
      func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts {
        FileFacts(size: Store.size, remarks: [])
      }
      func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool { false }
    }
  }

  @Test(arguments: PackCodec.allCases)
  func declarationsAndTypesOfFilesAreKept(codec: PackCodec) throws {
    let scratch = try ScratchFolder()
    let source = PackSource(
      manifest: "manifest: 1\n", classes: ["a"], sensors: [PackedSensor(Store.sensor)], size: Store.size,
      lists: [.init("test", [2, 0, 1])], store: Store(),
      details: .init(
        patch: { .init(id: "p\($0)", group: "g\($0 / 2)", cluster: nil, labels: [1]) }, files: { _, _ in [] })
    )
    let writer = try PackWriter(
      source, PackOptions(codec: codec), to: scratch.file("pack"), tool: "test")
    _ = try writer.write(threads: 2)
    let pack = try Pack(contentsOf: scratch.file("pack"))
    #expect((0..<3).map { pack.groups?[$0] } == ["g1", "g0", "g0"] && pack.clusters == nil)
    let compared = try PackComparison(pack, with: source, threads: 1)
    #expect(compared.problems == [])
    let reader = try PackStore(pack).reader()
    let memory = try AlignedBuffer<UInt8>(count: Store.sensor.largestBytes(at: Store.size))
    for (number, patch) in [2, 0, 1].enumerated() {
      let grids = try reader.read(
        number, Store.sensor, size: Store.size,
        into: UnsafeMutableRawBufferPointer(start: memory.pointer, count: memory.count))
      #expect(grids.map(\.size) == [Store.size, PatchSize(height: 4, width: 3)])
      // A file without declarations has the same meaning as one with empty ones.
      let own = grids[0].declared.contains { $0 != .none } ? grids[0].declared : []
      #expect(own == (patch == 1 ? Store.declared : []) && grids[1].declared.isEmpty)
      #expect(grids[0].values.start.loadUnaligned(fromByteOffset: 2, as: Int16.self) == Int16(patch))
      #expect(
        grids[1].values.start.loadUnaligned(fromByteOffset: 8, as: Double.self) == Double(patch) + 1.0 / 3)
      #expect(try reader.facts(of: number, Store.sensor).remarks == (patch == 1 ? .scaled : []))
    }
  }
}
