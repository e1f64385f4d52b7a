import Basics
import HDF5Storage
import Imagery
import Rasters

/// What every shard of a pack has: sensors, grids, bands and classes.
struct PackForm: Equatable, Sendable {
  let sensors: [SensorForm]
  let classes: [String]
  let codec: PackCodec
  /// Whether patches name the groups that may not be in two splits.
  let hasGroups: Bool
  /// Whether patches name the places that intervals are resampled by.
  let hasClusters: Bool
}

/// A sensor of a pack.
struct SensorForm: Codable, Equatable, Sendable {
  let name: String
  let grids: [GridForm]

  init(_ sensor: Sensor, size: PatchSize) {
    name = sensor.name
    grids = sensor.grids.map {
      let size = $0.size(in: size)
      return GridForm(height: size.height, width: size.width, type: $0.type.name, bands: $0.bands)
    }
  }

  /// The names of the groups of its grids: "256x256". A second grid of a size is "256x256-2".
  var groups: [String] {
    grids.indices.map { index in
      let earlier = grids[..<index].count {
        $0.height == grids[index].height && $0.width == grids[index].width
      }
      return "\(grids[index].height)x\(grids[index].width)" + (earlier == 0 ? "" : "-\(earlier + 1)")
    }
  }
}

/// The samples that a shard stores together: `[N, H, W, C]`.
struct GridForm: Codable, Equatable, Sendable {
  /// The most elements of each kind that a form may have, so that no product of them overflows.
  static let sideLimit = 1 << 16

  let height, width: Int
  /// The name of the sample type: "uint16".
  let type: String
  let bands: [String]

  var size: PatchSize { PatchSize(height: height, width: width) }

  /// Samples of a patch.
  var samples: Int { height * width * bands.count }

  /// nil for a type that no program has written.
  var sampleType: SampleType? { SampleType.allCases.first { $0.name == type } }

  /// Bytes of a patch, before they are compressed.
  var bytes: Int { samples * (sampleType?.bytes ?? 0) }

  /// Whether sizes and type are possible.
  var isSound: Bool {
    let limit = 1...Self.sideLimit
    return limit.contains(height) && limit.contains(width) && limit.contains(bands.count) && sampleType != nil
  }
}

extension SampleType {
  var cell: HDF5CellType {
    switch self {
    case .uint8: .uint8
    case .uint16: .uint16
    case .int16: .int16
    case .float32: .float32
    case .float64: .float64
    }
  }
}
