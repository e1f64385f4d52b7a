import Imagery
import Rasters

/// The three files of a patch.
public enum FileKind: String, CaseIterable, Sendable {
  /// Sentinel-1 backscatter, 2 bands in dB.
  case s1
  /// Sentinel-2 reflectance × 10⁴, 13 bands.
  case s2
  /// Land cover, 4 bands of class numbers.
  case lc

  /// The sensor whose samples the files hold.
  package var sensor: Sensor {
    switch self {
    case .s1: .sentinel1
    case .s2: .sentinel2
    case .lc: .landCover
    }
  }

  /// The kind of files that hold a sensor's samples.
  package init(_ sensor: Sensor) {
    guard let kind = Self.allCases.first(where: { $0.sensor.name == sensor.name }) else {
      preconditionFailure("SEN12MS has no files of \(sensor.title)")
    }
    self = kind
  }

  /// The format of the data set's files of this kind.
  package var format: RasterFormat { sensor.format(sensor.grids[0]) }

  /// The names of the bands, in the order of the file.
  package var bandNames: [String] { sensor.bandNames }

  /// The name for messages.
  package var title: String { sensor.title }
}

/// The season of a region of interest, in the order of the names.
public enum Season: UInt8, CaseIterable, Sendable {
  case fall, spring, summer, winter

  /// The seasons in the order of the year.
  public static let ofTheYear: [Season] = [.spring, .summer, .fall, .winter]

  /// The name in folder and file names.
  package var name: String {
    switch self {
    case .fall: "fall"
    case .spring: "spring"
    case .summer: "summer"
    case .winter: "winter"
    }
  }
}
