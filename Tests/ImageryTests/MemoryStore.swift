import Foundation

@testable import Basics
@testable import Imagery
@testable import Rasters

/// A store of samples in memory, with any number of grids.
struct MemoryStore: PatchStore {
  /// The samples of one grid, `[H, W, bands]`.
  enum Grid: Sendable {
    case uint8([UInt8])
    case uint16([UInt16])
    case int16([Int16])
    case float32([Float])
    case float64([Double])
  }

  let size: PatchSize
  /// The grids of each patch by sensor, in the order of the sensor's grids.
  let patches: [[String: [Grid]]]
  /// What is declared about the bands of each sensor's grids.
  var declared: [String: [BandDeclaration]] = [:]

  func reader() throws -> any PatchReading { MemoryReader(store: self) }

  func source(of patch: Int, _ sensor: Sensor) -> String { "\(sensor.name) of patch \(patch)" }
}

private final class MemoryReader: PatchReading {
  private let store: MemoryStore

  init(store: MemoryStore) { self.store = store }

  func read(
    _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> [RawGrid] {
    let grids = store.patches[patch][sensor.name]!
    return zip(zip(sensor.grids, grids), sensor.rooms(in: memory, at: size)).map { grids, room in
      let (type, count) = (grids.1.fill(room), grids.0.size(in: size).pixels * grids.0.bands.count)
      return RawGrid(
        size: grids.0.size(in: size), values: SampleValues(room.baseAddress!, type: type, count: count),
        source: store.source(of: patch, sensor), marks: MissingMarks(isFloat: !type.isInteger),
        declared: store.declared[sensor.name] ?? [])
    }
  }

  func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts { FileFacts(size: store.size, remarks: []) }

  func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool {
    store.patches[patch][sensor.name]!.allSatisfy(\.isInteger)
  }
}

extension MemoryStore.Grid {
  fileprivate var isInteger: Bool {
    switch self {
    case .uint8, .uint16, .int16: true
    case .float32, .float64: false
    }
  }

  /// Copies the samples.
  fileprivate func fill(_ room: UnsafeMutableRawBufferPointer) -> SampleType {
    switch self {
    case .uint8(let samples):
      samples.withUnsafeBytes { room.copyMemory(from: $0) }
      return .uint8
    case .uint16(let samples):
      samples.withUnsafeBytes { room.copyMemory(from: $0) }
      return .uint16
    case .int16(let samples):
      samples.withUnsafeBytes { room.copyMemory(from: $0) }
      return .int16
    case .float32(let samples):
      samples.withUnsafeBytes { room.copyMemory(from: $0) }
      return .float32
    case .float64(let samples):
      samples.withUnsafeBytes { room.copyMemory(from: $0) }
      return .float64
    }
  }
}
