import Basics
import Foundation
import Imagery
import Rasters

extension Manifest {
  /// The store of the samples below a data folder: files, arrays, or both.
  /// - Throws: `InputError` (data) for a row of an array that is no number.
  package func store(of catalogue: Catalogue, in root: URL) throws -> any PatchStore {
    let arrays = sensors.filter { if case .array = $0.place { true } else { false } }
    let files = GeoTIFFTree(root, catalogue)
    if arrays.isEmpty { return files }
    let store = try ArrayStore(root, arrays, catalogue)
    if arrays.count == sensors.count { return store }
    return SplitStore(arraySensors: Set(arrays.map(\.sensor.name)), arrays: store, files: files)
  }

  /// Notes about arrays that are slow to read, see `ArrayStore`.
  /// - Parameter store: a store of this manifest.
  /// - Throws: `InputError` (data) for an array that cannot be read.
  static func notes(about store: any PatchStore, _ sensors: [Sensor]) throws -> [String] {
    let arrays = store as? ArrayStore ?? (store as? SplitStore)?.arrays
    return try arrays?.notes(about: sensors) ?? []
  }
}

/// Patches whose sensors are in arrays and in files.
private struct SplitStore: PatchStore {
  let arraySensors: Set<String>
  let arrays: ArrayStore
  let files: GeoTIFFTree

  func reader() throws -> any PatchReading {
    Reader(arraySensors: arraySensors, arrays: try arrays.reader(), files: try files.reader())
  }

  func source(of patch: Int, _ sensor: Sensor) -> String {
    arraySensors.contains(sensor.name) ? arrays.source(of: patch, sensor) : files.source(of: patch, sensor)
  }

  func isAbsent(_ patch: Int, _ sensor: Sensor) -> Bool {
    !arraySensors.contains(sensor.name) && files.isAbsent(patch, sensor)
  }

  private final class Reader: PatchReading {
    private let arraySensors: Set<String>
    private let arrays, files: any PatchReading

    init(arraySensors: Set<String>, arrays: any PatchReading, files: any PatchReading) {
      (self.arraySensors, self.arrays, self.files) = (arraySensors, arrays, files)
    }

    private func reading(_ sensor: Sensor) -> any PatchReading {
      arraySensors.contains(sensor.name) ? arrays : files
    }

    func read(
      _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
    ) throws -> [RawGrid] { try reading(sensor).read(patch, sensor, size: size, into: memory) }

    func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts {
      try reading(sensor).facts(of: patch, sensor)
    }

    func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool {
      try reading(sensor).holdsAllIntegers(patch, sensor, size: size)
    }
  }
}
