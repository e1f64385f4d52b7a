/// The names in a shard.
enum PackNames {
  static let format = "format"
  static let formatName = "fusionctl-pack"
  static let version = "version"
  static let split = "split"
  static let shard = "shard"
  static let shards = "shards"
  static let pack = "pack"
  static let manifest = "manifest"

  static let patches = "patches"
  static let id = "id"
  static let group = "group"
  static let cluster = "cluster"
  static let labels = "labels"
  static let classes = "classes"
  /// The place of a patch in its split.
  static let place = "place"
  static let sourceBytes = "source_bytes"
  static let sourceChanges = "source_mtime"
  static let system = "crs"
  static let transform = "transform"

  static let sensors = "sensors"
  static let data = "data"
  static let bands = "bands"
  static let offset = "offset"
  static let length = "length"
  static let sum = "crc32c"
  /// What files declare about stored numbers: `[N, C]`. Without a nodata value it is NaN.
  static let nodata = "nodata"
  static let scale = "scale_factor"
  static let shift = "add_offset"
}
