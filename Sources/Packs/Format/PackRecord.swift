import Basics
import Foundation
import Imagery
import Rasters

/// The contents of `pack.json`, which is written last: a folder with it is a complete pack.
///
/// Its last line seals the others, so that damage is found.
package struct PackRecord: Codable, Equatable, Sendable {
  /// The version of the layout that this program writes and reads.
  static let version = 1
  static let file = "pack.json"
  /// The most bytes that are read. A pack of 10,000 shards takes 1.5 MB.
  private static let limit = 64 << 20

  package struct Shard: Codable, Equatable, Sendable {
    package let file: String
    package let patches, bytes: Int
    /// CRC-32C of all bytes but chunks and their padding, eight hexadecimal digits.
    let crc32c: String
  }

  package struct Split: Codable, Equatable, Sendable {
    package let name: String
    package let patches: Int
    package let shards: [Shard]
  }

  let format: String
  let version: Int
  /// The program that wrote the pack.
  package let tool: String
  /// SHA-256 of manifest, options, patches and labels. All shards have it too.
  package let pack: String
  package let manifestSHA256: String
  package let codec: PackCodec
  package let shardBytes: Int
  package let seed: UInt64
  let size: [Int]
  package let classes: [String]
  /// Whether patches name groups and clusters.
  let groups, clusters: Bool
  let sensors: [SensorForm]
  package let splits: [Split]

  private enum CodingKeys: String, CodingKey {
    case format, version, tool, pack, codec, seed, size, classes, groups, clusters, sensors, splits
    case manifestSHA256 = "manifest_sha256"
    case shardBytes = "shard_bytes"
  }

  /// Size of every patch.
  package var patchSize: PatchSize { PatchSize(height: size[0], width: size[1]) }

  /// Bytes of all shards.
  package var bytes: Int { splits.reduce(0) { $0 + $1.shards.reduce(0) { $0 + $1.bytes } } }

  /// Number of shards.
  package var shards: Int { splits.reduce(0) { $0 + $1.shards.count } }

  /// Number of patches.
  package var patches: Int { splits.reduce(0) { $0 + $1.patches } }

  /// The names of a sensor's bands that the pack holds; nil where it does not hold the sensor.
  package func bands(of sensor: String) -> [String]? {
    sensors.first { $0.name == sensor }.map { $0.grids.flatMap(\.bands) }
  }

  var form: PackForm {
    PackForm(
      sensors: sensors, classes: classes, codec: codec, hasGroups: groups, hasClusters: clusters)
  }

  init(_ plan: PackPlan, size: PatchSize, tool: String, splits: [Split]) {
    (format, version, self.tool) = (PackNames.formatName, Self.version, tool)
    (pack, manifestSHA256) = (plan.identity, plan.manifestSHA256)
    (codec, shardBytes, seed) = (plan.options.codec, plan.options.shardBytes, plan.options.seed)
    self.size = [size.height, size.width]
    (classes, sensors) = (plan.form.classes, plan.form.sensors)
    (groups, clusters) = (plan.form.hasGroups, plan.form.hasClusters)
    self.splits = splits
  }
}

// MARK: - File

extension PackRecord {
  private static let sealStart = ",\n  \"seal\" : \""
  private static let sealEnd = "\"\n}\n"

  /// The text of the file.
  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    let body = String(decoding: try encoder.encode(self), as: UTF8.self).dropLast("\n}".count)
    return body + Self.sealStart + CRC32C.text(CRC32C.value(of: String(body))) + Self.sealEnd
  }

  /// Whether a folder holds a complete pack.
  package static func isThere(_ folder: String) -> Bool {
    PathState.of("\(folder)/\(file)") == .present(.file)
  }

  /// Whether a folder holds shards of a pack that is not finished: there are shards, and no `pack.json`.
  package static func isUnfinished(_ folder: String) -> Bool {
    !isThere(folder)
      && (Imagery.Split.allCases.map(\.rawValue) + ["unlisted"]).contains {
        PathState.of("\(folder)/\($0)-00000.h5") == .present(.file)
      }
  }

  /// Checks that all shards are there, by name and size.
  /// - Throws: `InputError` (data) with the number of those that are not, and the first three.
  package func requireFiles(in folder: String) throws {
    let shards = splits.flatMap(\.shards)
    let absent = shards.filter { shard in
      let file = try? OpenFile.reading("\(folder)/\(shard.file)", kind: .data, files: .system)
      return (try? file?.size()) != shard.bytes
    }
    guard !absent.isEmpty else { return }
    throw InputError(
      .data, folder,
      "\(absent.count) of \(counted(shards.count, "file")) of the pack are absent or have another size: "
        + absent.prefix(3).map(\.file).joined(separator: ", ") + (absent.count > 3 ? ", …" : ""),
      remedy: "copy them again, or remove them and run fusionctl pack with the same options")
  }

  /// Reads the file of a folder.
  /// - Throws: `InputError` (data) when it is absent, damaged or of another version.
  package init(folder: String) throws {
    let path = "\(folder)/\(Self.file)"
    guard PathState.of(path) != .absent else {
      throw InputError(
        .data, path, "does not exist: the folder holds no pack, or one that is not finished",
        remedy:
          "check the path, or run fusionctl pack again with the same options: it goes on where it stopped")
    }
    let bytes = try OpenFile.contents(of: path, limit: Self.limit, kind: .data)
    func damage(_ problem: String) -> InputError {
      InputError(
        .data, path, "is damaged: \(problem)",
        remedy: "copy it again, or remove it and run fusionctl pack --finish with the same options")
    }
    let seal = Self.sealStart.utf8.count + 8 + Self.sealEnd.utf8.count
    guard bytes.count > seal else { throw damage("it ends too early") }
    let body = bytes.dropLast(seal)
    let sum = Array(body).withUnsafeBytes { CRC32C.value(of: $0) }
    guard bytes.suffix(seal).elementsEqual((Self.sealStart + CRC32C.text(sum) + Self.sealEnd).utf8) else {
      throw damage("it does not match its seal")
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    } catch {
      throw damage("it is no description of a pack")
    }
    guard format == PackNames.formatName, version == Self.version else {
      throw InputError(
        .data, path, "has version \(version) of packs, this program reads \(Self.version)",
        remedy: "use another fusionctl, or pack the data set again")
    }
    if let problem { throw damage(problem) }
  }

  /// What is impossible; nil for a sound record. It is somebody else's file.
  private var problem: String? {
    let limit = 1...GridForm.sideLimit
    guard size.count == 2, size.allSatisfy(limit.contains) else { return "the size of its patches" }
    guard !sensors.isEmpty, sensors.allSatisfy({ !$0.grids.isEmpty && $0.grids.allSatisfy(\.isSound) }),
      Set(sensors.map(\.name)).count == sensors.count
    else { return "its sensors" }
    let shards = splits.flatMap(\.shards)
    guard Set(shards.map(\.file)).count == shards.count,
      shards.allSatisfy({ !$0.file.contains("/") && $0.file.hasSuffix(".h5") && !$0.file.hasPrefix(".") })
    else { return "the names of its shards" }
    for split in splits {
      guard
        split.shards.allSatisfy({ (1..<1 << 24).contains($0.patches) && (1..<1 << 42).contains($0.bytes) }),
        split.patches == split.shards.reduce(0, { $0 + $1.patches })
      else { return "the numbers of its patches" }
    }
    return nil
  }
}
