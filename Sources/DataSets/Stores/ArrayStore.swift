import Basics
import Foundation
import HDF5Storage
import Imagery
import Rasters
import Synchronization
import Tables

/// Patches as rows of HDF5 data sets, one data set a sensor and file.
///
/// Readers of several threads share the open files: rows are read with `pread`. A sensor's files are opened when it is first
/// read, and stay open.
package struct ArrayStore: PatchStore {
  /// The data sets of a sensor.
  fileprivate struct SensorArrays: Sendable {
    /// One for each different file.
    let arrays: [HDF5Array]
    /// By patch: its file.
    let files: [UInt32]
    let isChannelsFirst: Bool
  }

  /// What is opened once.
  private final class Opened: Sendable {
    let sensors = Mutex<[String: SensorArrays]>([:])
    let files = Mutex<[String: HDF5ArrayFile]>([:])
    let cache = HDF5ChunkCache(bytes: ArrayStore.cacheBytes)
  }

  /// The most bytes of decoded chunks that are kept. So2Sat's two sensors, as h5py cuts 2,000 patches, have 40 MB in the
  /// chunks around one row.
  private static let cacheBytes = 128 << 20

  private let root: URL
  private let places: [String: (place: ArrayPlace, isChannelsFirst: Bool)]
  private let catalogue: Catalogue
  /// By patch: its row.
  fileprivate let rows: [Int]
  private let opened = Opened()

  /// - Parameters:
  ///   - sensors: those whose samples are arrays.
  ///   - catalogue: has the fields of the places, and `row`.
  /// - Throws: `InputError` (data) for a row that is no number.
  package init(_ root: URL, _ sensors: [SensorRules], _ catalogue: Catalogue) throws {
    (self.root, self.catalogue) = (root, catalogue)
    var places: [String: (place: ArrayPlace, isChannelsFirst: Bool)] = [:]
    for rules in sensors {
      guard case .array(let place, let isChannelsFirst) = rules.place else { continue }
      precondition(rules.sensor.grids.count == 1, "an array holds one grid")
      places[rules.sensor.name] = (place, isChannelsFirst)
    }
    self.places = places
    rows = try (0..<catalogue.count).map { patch in
      let text = catalogue.value("row", of: patch)
      guard let row = Int(text), row >= 0 else {
        throw InputError(
          .data, catalogue.id(patch), "has row '\(shownName(text))', expected a number from 0",
          remedy: "check the field row of the manifest")
      }
      return row
    }
  }

  package func reader() throws -> any PatchReading { ArrayStoreReader(store: self) }

  package func source(of patch: Int, _ sensor: Sensor) -> String {
    let (place, _) = place(of: sensor)
    let file = place.file.filled { catalogue.value($0, of: patch) }
    return root.appending(path: "\(file):\(place.name)").path + " row \(rows[patch])"
  }

  private func place(of sensor: Sensor) -> (place: ArrayPlace, isChannelsFirst: Bool) {
    guard let place = places[sensor.name] else {
      preconditionFailure("the samples of \(sensor.title) are no arrays")
    }
    return place
  }

  /// The data sets of a sensor, which are opened at the first call.
  /// - Throws: `InputError` (data) for a file that cannot be read, has no such data set or too few rows, and for a data set of
  ///   another type or number of bands.
  fileprivate func arrays(of sensor: Sensor) throws -> SensorArrays {
    try opened.sensors.withLock { sensors in
      if let found = sensors[sensor.name] { return found }
      let (place, isChannelsFirst) = place(of: sensor)
      let names = catalogue.texts(place.file)
      let distinct = names.distinct()
      let arrays = try distinct.firstRows.map { first in
        let array = try file(names[first]).array(place.name)
        try Self.require(array, sensor, isChannelsFirst)
        return array
      }
      for (patch, file) in distinct.numbers.enumerated() where rows[patch] >= arrays[Int(file)].rowCount {
        throw InputError(
          .data, arrays[Int(file)].source,
          "has \(arrays[Int(file)].rowCount) rows, and patch \(catalogue.id(patch)) is row \(rows[patch])",
          remedy: "all data sets of a part need a row for each patch")
      }
      let found = SensorArrays(arrays: arrays, files: distinct.numbers, isChannelsFirst: isChannelsFirst)
      sensors[sensor.name] = found
      return found
    }
  }

  /// Notes about data sets that are slow to read in random order, one line each: their compressed chunks hold parts of many
  /// rows.
  /// - Throws: `InputError` (data) as reading.
  func notes(about sensors: [Sensor]) throws -> [String] {
    try sensors.filter { places[$0.name] != nil }.compactMap { sensor in
      let slow = try arrays(of: sensor).arrays.max { $0.decodedBytesPerRow < $1.decodedBytesPerRow }
      guard let slow, slow.decodedBytesPerRow > Self.slowFactor * slow.rowBytes else { return nil }
      return
        "\(slow.source): a patch of \(slow.rowBytes) bytes lies in compressed chunks of \(slow.decodedBytesPerRow) bytes, which "
        + "makes random order slow; copy the file with chunks of one patch (h5repack -l \(slow.rowChunks) OLD NEW)"
    }
  }

  /// Decoded bytes for each byte of a patch from which on a note says that reading is slow.
  private static let slowFactor = 8

  private func file(_ name: String) throws -> HDF5ArrayFile {
    try opened.files.withLock { files in
      if let found = files[name] { return found }
      let file = try HDF5ArrayFile(root.appending(path: name).path, cache: opened.cache)
      files[name] = file
      return file
    }
  }

  /// Refuses a data set of another type, or another number of bands. A sensor of one band may lack the dimension of bands.
  private static func require(_ array: HDF5Array, _ sensor: Sensor, _ isChannelsFirst: Bool) throws {
    let (grid, layout) = (sensor.grids[0], isChannelsFirst ? "CHW" : "HWC")
    guard array.element.kind == HDF5Element.Kind(grid.type) else {
      throw InputError(
        .data, array.source, "holds \(array.element.kind.rawValue), expected \(grid.type.name)",
        remedy: "correct the type of sensor \(sensor.name) in the manifest")
    }
    let bands = isChannelsFirst ? array.shape.dropFirst().first : array.shape.last
    guard
      array.shape.count == 4 && bands == grid.bands.count || array.shape.count == 3 && grid.bands.count == 1
    else {
      throw InputError(
        .data, array.source,
        "has the shape \(TensorSize.shown(array.shape)), expected rows of \(layout) with \(grid.bands.count) bands",
        remedy: "correct layout or bands of sensor \(sensor.name) in the manifest")
    }
  }
}

extension HDF5Element.Kind {
  fileprivate init(_ type: SampleType) {
    switch type {
    case .uint8: self = .uint8
    case .uint16: self = .uint16
    case .int16: self = .int16
    case .float32: self = .float32
    case .float64: self = .float64
    }
  }
}

private final class ArrayStoreReader: PatchReading {
  private let store: ArrayStore
  private var sensors: [String: ArrayStore.SensorArrays] = [:]
  /// A row whose bands come first.
  private var row: [UInt8] = []

  init(store: ArrayStore) { self.store = store }

  func read(
    _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> [RawGrid] {
    let (array, found, isChannelsFirst) = try place(of: patch, sensor)
    let (grid, source) = (sensor.grids[0], store.source(of: patch, sensor))
    let expected = grid.size(in: size)
    guard found == expected else { throw FileFacts.otherSize(source, found, expected: expected) }
    let room = UnsafeMutableRawBufferPointer(
      rebasing: sensor.rooms(in: memory, at: size)[0][..<array.rowBytes])
    let rows = store.rows[patch]..<store.rows[patch] + 1
    if isChannelsFirst, grid.bands.count > 1 {
      if row.count != room.count { row = [UInt8](repeating: 0, count: room.count) }
      try row.withUnsafeMutableBytes {
        try array.read(rows, into: $0)
        Self.interleave(UnsafeRawBufferPointer($0), planes: grid.bands.count, grid.type, into: room)
      }
    } else {
      try array.read(rows, into: room)
    }
    let values = SampleValues(room.baseAddress!, type: grid.type, count: expected.pixels * grid.bands.count)
    let marks = MissingMarks(isFloat: !grid.type.isInteger)
    return [RawGrid(size: expected, values: values, source: source, marks: marks)]
  }

  func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts {
    let (_, size, _) = try place(of: patch, sensor)
    let span = sensor.grids[0].span
    return FileFacts(
      size: PatchSize(height: span.patchPixels(size.height), width: span.patchPixels(size.width)),
      remarks: FileRemarks())
  }

  func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool {
    _ = try place(of: patch, sensor)
    return sensor.grids[0].type.isInteger
  }

  /// The data set of a patch, and the size of its rows.
  private func place(of patch: Int, _ sensor: Sensor) throws -> (HDF5Array, PatchSize, isChannelsFirst: Bool)
  {
    let arrays: ArrayStore.SensorArrays
    if let known = sensors[sensor.name] {
      arrays = known
    } else {
      arrays = try store.arrays(of: sensor)
      sensors[sensor.name] = arrays
    }
    let array = arrays.arrays[Int(arrays.files[patch])]
    let rows = array.shape.count == 4 && arrays.isChannelsFirst ? 2 : 1
    return (
      array, PatchSize(height: array.shape[rows], width: array.shape[rows + 1]), arrays.isChannelsFirst
    )
  }

  /// Brings `[bands, H, W]` to `[H, W, bands]`.
  private static func interleave(
    _ source: UnsafeRawBufferPointer, planes: Int, _ type: SampleType,
    into target: UnsafeMutableRawBufferPointer
  ) {
    func interleave<Sample: BitwiseCopyable>(_: Sample.Type) {
      let (source, target) = (source.assumingMemoryBound(to: Sample.self), target.bindMemory(to: Sample.self))
      let (from, to) = (source.baseAddress!, target.baseAddress!)
      let pixels = target.count / planes
      for plane in 0..<planes {
        let own = from + plane * pixels
        var (pixel, place) = (0, plane)
        while pixel < pixels {
          to[place] = own[pixel]
          pixel = pixel &+ 1
          place = place &+ planes
        }
      }
    }
    switch type {
    case .uint8: interleave(UInt8.self)
    case .uint16, .int16: interleave(UInt16.self)
    case .float32: interleave(UInt32.self)
    case .float64: interleave(UInt64.self)
    }
  }
}
