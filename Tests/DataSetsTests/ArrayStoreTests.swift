import Basics
import DataSets
import Foundation
import Imagery
import TestSupport
import Testing

/// Patches in HDF5 arrays of other forms than that of So2Sat, and arrays that do not fit their manifest.
@Suite struct ArrayStoreTests {
  /// Bands first, bands last, one band without a dimension for it; patches that are not square, rows in any order.
  @Test func otherForms() throws {
    let folder = try ScratchFolder()
    let source = Fixtures.url("DataSets/hdf5/old.h5")
    try FileManager.default.copyItem(at: source, to: folder.file("a.h5"))
    let text = """
      manifest: 1
      name: arrays
      catalog: {arrays: [a], rows: "{part}.h5:chunks/rows", id: "{part}/{row}"}
      sensors:
        planes: {array: "{part}.h5:chunks/parts_gzip", layout: CHW, type: uint16, bands: [a, b, c, d, e, f]}
        pixels: {array: "{part}.h5:chunks/all", layout: HWC, type: uint16, bands: [a, b, c]}
        plane: {array: "{part}.h5:chunks/plane", layout: CHW, type: uint16, bands: [a]}
      labels: {kind: single, array: "{part}.h5:chunks/rows", encoding: one-hot}
      classes: [a]
      splits: {train: rest}
      """
    let manifest = try Manifest(text: text, source: "arrays.yaml")
    let rules = DataSetRules(
      validation: .byScene(fraction: 0.5), seed: 0, skipsAbsentFiles: false, leakage: .ignore,
      sensors: manifest.sensors.map(\.sensor))
    let selection = try ManifestDataSet(
      manifest, rules, data: folder.path, wanted: [.train], Sweep(threads: 1)
    ).selection
    let notes = selection.notes.filter { $0.contains("compressed chunks") }
    // 16 chunks of 160 bytes for a row of 252 bytes.
    #expect(notes.count == 1 && notes[0].contains("-l chunks/parts_gzip:CHUNK=1x6x7x3"), "\(selection.notes)")
    let store = selection.store
    let reading = try store.reader()
    let sizes = [(7, 3), (6, 7), (6, 7)].map { PatchSize(height: $0, width: $1) }
    for (rules, patchSize) in zip(manifest.sensors, sizes) {
      let bands = rules.sensor.bandNames.count
      let sensor = rules.sensor
      let memory = try AlignedBuffer<UInt8>(count: sensor.largestBytes(at: patchSize))
      let room = UnsafeMutableRawBufferPointer(start: memory.pointer, count: memory.count)
      for patch in [22, 0, 7] {
        let grids = try reading.read(patch, sensor, size: patchSize, into: room)
        guard case .uint16(let samples) = grids[0].values else {
          Issue.record("the samples have another type")
          return
        }
        // Patches have the order of "a/0", "a/1", "a/10" …
        let row = Int(try #require(grids[0].source.split(separator: " ").last))!
        #expect("a/\(row)" == (0..<23).map { "a/\($0)" }.sorted()[patch])
        for pixel in 0..<patchSize.pixels {
          for band in 0..<bands {
            let place = bands == 6 ? band * patchSize.pixels + pixel : pixel * bands + band
            #expect(
              Int(samples[pixel * bands + band]) == (37 * (row * patchSize.pixels * bands + place) + 11) % 251
            )
          }
        }
      }
      let other = PatchSize(height: 8, width: 8)
      #expect(throws: InputError.self) { try reading.read(0, sensor, size: other, into: room) }
      #expect(try reading.facts(of: 0, sensor).size == patchSize)
      #expect(try reading.holdsAllIntegers(0, sensor, size: patchSize))
    }
  }

  /// Codes of classes as images: `chunks/plane` has 23 rows of 6 × 7.
  @Test(arguments: [
    ("6, 7", "plane", nil), ("7, 6", "plane", "expected a row of 7×6 codes for each patch"),
    ("6, 7", "all", "has the shape [23, 6, 7, 3], expected a row of 6×7 codes for each patch"),
    ("6, 7", "rows", "expected a row of 6×7 codes for each patch"),
  ])
  func labelsAreImagesOfThePatch(size: String, name: String, problem: String?) throws {
    let folder = try ScratchFolder()
    try FileManager.default.copyItem(at: Fixtures.url("DataSets/hdf5/old.h5"), to: folder.file("a.h5"))
    let codes = (0..<251).map { "\($0): \($0 < 100 ? "low" : "high")" }.joined(separator: ", ")
    let text = """
      manifest: 1
      name: codes
      patch: {size: [\(size)]}
      catalog: {arrays: [a], rows: "{part}.h5:chunks/plane", id: "{row}"}
      sensors: {plane: {array: "{part}.h5:chunks/plane", layout: CHW, type: uint16, bands: [a]}}
      labels: {kind: fractions, array: "{part}.h5:chunks/\(name)", codes: {\(codes)}, threshold: 0.1}
      classes: [low, high]
      splits: {train: rest}
      """
    let manifest = try Manifest(text: text, source: "codes.yaml")
    let rules = DataSetRules(
      validation: .byScene(fraction: 0.5), seed: 0, skipsAbsentFiles: false, leakage: .ignore, sensors: [])
    let dataSet = try ManifestDataSet(
      manifest, rules, data: folder.path, wanted: [.train, .validation], Sweep(threads: 1))
    let labels = Result { try dataSet.computeLabels(size: PatchSize(1), Sweep(threads: 2)) }
    if let problem {
      let error = #expect(throws: InputError.self) { try labels.get() }
      #expect(error?.problem.contains(problem) == true, "\(String(describing: error))")
      #expect(error?.subject.hasSuffix("a.h5:chunks/\(name)") == true)
      return
    }
    // Patches have the order of "0", "1", "10" …
    let patch = try #require((0..<23).firstIndex { dataSet.selection.catalogue.id($0) == "17" })
    let low = (0..<42).count { (37 * (17 * 42 + $0) + 11) % 251 < 100 }
    #expect(try labels.get()[patch].map(Array.init) == [Double(low) / 42, Double(42 - low) / 42])
  }

  /// Data sets that do not fit the manifest are refused by file and data set.
  @Test(arguments: [
    ("type: float64", "type: float32", "sen1", "holds float64, expected float32"),
    ("layout: HWC", "layout: CHW", "sen1", "expected rows of CHW with 8 bands"),
    (", cov_imag]", "]", "sen1", "expected rows of HWC with 7 bands"),
    ("{part}.h5:sen1", "{part}_geo.h5:tfw", "tfw", "has the shape"),
    ("{part}.h5:sen1", "{part}.h5:sen3", "", "has no 'sen3'"),
    ("{part}.h5:sen1", "training_geo.h5:tfw", "tfw", "has the shape"),
    ("{part}.h5:sen1", "testing.h5:sen1", "sen1", "has 2 rows, and patch training/2 is row 2"),
  ])
  func misfits(old: String, new: String, name: String, words: String) throws {
    let manifest = try Trees.manifest("so2sat") { text in
      // Statistics name every band.
      let statistics = text.range(of: "normalisation:")!
      let range = text.range(of: old)!
      return text[..<statistics.lowerBound].replacingCharacters(in: range, with: new)
    }
    let store = try manifest.store(
      of: Trees.open("so2sat").selection.catalogue, in: Trees.folder("so2sat"))
    let sensor = manifest.sensors[0].sensor
    let reading = try store.reader()
    let error = #expect(throws: InputError.self) { try reading.facts(of: 0, sensor) }
    #expect(error?.kind == .data && error?.subject.hasSuffix(name) == true, "\(String(describing: error))")
    #expect(error?.problem.contains(words) == true, "\(String(describing: error))")
  }
}
