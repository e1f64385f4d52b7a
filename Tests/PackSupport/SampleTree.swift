import Basics
import Foundation
import Imagery
import Packs
import Rasters
import Tables

/// A folder of GeoTIFF files in the form of SEN12MS, with samples of noise, and packs of it.
package struct SampleTree: Sendable {
  package static let s1 = Sensor(
    name: "s1", title: "Sentinel-1", unit: "dB", cleaning: .clip(-25...0),
    grids: [.init(bands: ["VV", "VH"], type: .float32)])
  package static let s2 = Sensor(
    name: "s2", title: "Sentinel-2", unit: "reflectance × 10⁴", cleaning: .none,
    grids: [.init(bands: ["B2", "B3", "B4", "B8", "B11"], type: .uint16)])
  package static let size = PatchSize(height: 16, width: 20)
  /// Patches of each split; two more are in none.
  package static let splits = [("train", 9), ("validation", 4), ("test", 5)]
  package static let count = 20

  package let folder: URL
  package let catalogue: Catalogue

  package init(_ folder: URL) {
    self.folder = folder
    var (scene, number) = (TextColumn(), TextColumn())
    for patch in 0..<Self.count {
      scene.append("\(1 + patch / 6)")
      number.append("\(30 + patch)")
    }
    func files(_ sensor: String) throws -> [[GridFile]] {
      [[GridFile(path: try Template("\(sensor)_{scene}/\(sensor)_{scene}_p{number}.tif"))]]
    }
    do {
      catalogue = Catalogue(
        fields: [.init("scene", scene), .init("number", number)], id: try Template("{scene}_p{number}"),
        cluster: try Template("scene_{scene}"), files: ["s1": try files("s1"), "s2": try files("s2")])
    } catch {
      preconditionFailure("the templates are sound: \(error)")
    }
  }

  /// Writes all files.
  package func write() throws {
    let projection = try Georeference.projection(epsg: 32_633)
    for patch in 0..<Self.count {
      var random = RandomStream(seed: 5, path: UInt64(patch))
      let pixels = Self.size.pixels
      let s1 = (0..<2 * pixels).map { _ in Float(-30 + 32 * random.uniform()) }
      let s2 = (0..<5 * pixels).map { _ in UInt16(random.integer(below: 1 << 12)) }
      let place = Georeference(
        east: 300_000 + 2560 * Double(patch), north: 5_000_000, projection: projection)
      try s1.withUnsafeBytes { try write($0, patch, Self.s1, place) }
      try s2.withUnsafeBytes { try write($0, patch, Self.s2, place) }
    }
  }

  private func write(
    _ samples: UnsafeRawBufferPointer, _ patch: Int, _ sensor: Sensor, _ place: Georeference
  ) throws {
    let url = file(patch, sensor)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try GeoTIFFWriter.write(
      samples, to: url.path, format: sensor.format(sensor.grids[0]), size: Self.size, georeference: place)
  }

  package func file(_ patch: Int, _ sensor: Sensor) -> URL {
    folder.appending(path: catalogue.file(of: patch, sensor))
  }

  /// The label of a patch; none for the last one of training.
  package static func labels(_ patch: Int) -> ArraySlice<Double>? {
    patch == 8 ? nil : [Double(patch % 3) / 4, 1 - Double(patch % 3) / 4, 0]
  }

  /// - Parameter s2: the bands of Sentinel-2 that are kept; nil for all.
  package func source(s2: [String]? = nil) -> PackSource {
    var first = 0
    let lists = Self.splits.map { name, count in
      defer { first += count }
      // Lists are not sorted.
      return PackSource.List(name, (first..<first + count).reversed())
    }
    let (catalogue, folder) = (catalogue, folder)
    return PackSource(
      manifest: "manifest: 1\nname: sample\n", classes: ["Forest", "Water, inland", "Eis"],
      sensors: [PackedSensor(Self.s1), PackedSensor(Self.s2, keeping: s2)], size: Self.size,
      lists: lists + [.init("unlisted", [18, 19])], store: GeoTIFFTree(folder, catalogue),
      details: .init(
        patch: {
          .init(
            id: catalogue.id($0), group: nil, cluster: catalogue.cluster($0), labels: Self.labels($0))
        },
        files: { [folder.appending(path: catalogue.file(of: $0, $1)).path] }))
  }

  /// Shards of at most three patches.
  package static func options(_ codec: PackCodec) -> PackOptions {
    PackOptions(codec: codec, shardBytes: 18_000, seed: 7)
  }
}
