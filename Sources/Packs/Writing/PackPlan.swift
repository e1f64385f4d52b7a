import Basics
import DataSets
import HDF5Storage

/// A shard: some patches of one split, in the order in which they are stored.
struct ShardPlan: Sendable {
  let split: String
  /// The number among the shards of the split, from 0, and how many these are.
  let number, count: Int
  /// For each row: the patch's number in the catalogue, and its place in the split.
  let patches, places: [Int]

  /// "train-00000.h5"
  var file: String {
    let digits = String(number)
    return "\(split)-\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits).h5"
  }
}

/// Which patches go into which shard. It follows from data set, options and seed, so that jobs can write shards
/// independently.
struct PackPlan: Sendable {
  /// The most patches of a shard. HDF5 looks up chunks by counting, so a shard of 16,384 takes a second.
  private static let rowLimit = 16_384

  let form: PackForm
  let options: PackOptions
  let manifestSHA256: String
  /// 64 hexadecimal digits: SHA-256 of manifest, options, patches and labels.
  let identity: String
  let shards: [ShardPlan]
  /// Bytes of a patch's samples, before they are compressed.
  let patchBytes: Int
  /// The same with the gaps between chunks.
  var alignedPatchBytes: Int {
    let alignment = HDF5ChunkSet.alignment
    return form.sensors.flatMap(\.grids).reduce(0) {
      $0 + ($1.bytes + alignment - 1) / alignment * alignment
    }
  }

  /// - Throws: `InputError` (data) for a data set without patches, or a name that a shard cannot hold.
  init(_ source: PackSource, _ options: PackOptions) throws {
    form = source.form(options)
    self.options = options
    let bytes = form.sensors.reduce(0) { $0 + $1.grids.reduce(0) { $0 + $1.bytes } }
    patchBytes = bytes
    manifestSHA256 = SHA256.hexadecimal(source.manifest)
    identity = try Self.identity(source, form, options)
    let rows = min(Self.rowLimit, max(1, options.shardBytes / bytes))
    shards = source.lists.enumerated().flatMap { number, list -> [ShardPlan] in
      // A seeded order: the first shards of a split are a fair sample of it.
      var random = RandomStream(seed: options.seed, path: 0x7061_636B, UInt64(number))
      let order = random.permutation(list.patches.count)
      let count = (order.count + rows - 1) / rows
      return (0..<count).map { shard in
        let places = Array(order[order.count * shard / count..<order.count * (shard + 1) / count])
        return ShardPlan(
          split: list.name, number: shard, count: count, patches: places.map { list.patches[$0] },
          places: places)
      }
    }
    guard !shards.isEmpty else {
      throw InputError(.data, "pack", "the data set has no patches to pack", remedy: "check its splits")
    }
  }

  private static func identity(
    _ source: PackSource, _ form: PackForm, _ options: PackOptions
  ) throws -> String {
    let sum = SHA256()
    var lines = [
      "fusionctl-pack \(PackRecord.version)", "codec \(options.codec.rawValue)",
      "shard_bytes \(options.shardBytes)", "seed \(options.seed)",
      "groups \(form.hasGroups) clusters \(form.hasClusters)",
      "manifest \(source.manifest.utf8.count)", source.manifest,
    ]
    for sensor in form.sensors {
      for grid in sensor.grids {
        let bands = grid.bands.joined(separator: " ")
        lines.append("grid \(sensor.name) \(grid.height) \(grid.width) \(grid.type) \(bands)")
      }
    }
    lines.append("classes \(form.classes.count)")
    for line in lines + form.classes { sum.add(line + "\n") }
    for list in source.lists {
      sum.add("list \(list.name) \(list.patches.count)\n")
      for patch in list.patches {
        let facts = source.patch(patch)
        for text in [facts.id, facts.group ?? "", facts.cluster ?? ""] {
          try requireShort(text, of: facts.id)
          sum.add("\(text)\n")
        }
        Array(facts.labels ?? []).withUnsafeBytes { sum.add($0) }
      }
    }
    return sum.finish()
  }

  /// The most bytes of a name. All names of a shard take the room of its longest.
  private static let nameLimit = 1024

  private static func requireShort(_ name: String, of id: String) throws {
    guard name.utf8.count <= nameLimit, !name.utf8.contains(0) else {
      throw InputError(
        .data, "patch \(shownName(id))", "has a name of more than \(nameLimit) bytes, or with a zero in it",
        remedy: "shorten id, group and cluster in the manifest")
    }
  }
}
