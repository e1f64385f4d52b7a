import CGDAL

/// The sample types that SEN12MS files have.
enum SampleType: Sendable {
  case uint8, uint16, float32

  var bytes: Int {
    switch self {
    case .uint8: 1
    case .uint16: 2
    case .float32: 4
    }
  }

  var gdal: GDALDataType {
    switch self {
    case .uint8: GDT_Byte
    case .uint16: GDT_UInt16
    case .float32: GDT_Float32
    }
  }
}

/// The samples of a patch, `[H, W, bands]`, in the order of the data set's bands.
struct PatchSamples {
  enum Values {
    case uint8(UnsafePointer<UInt8>)
    case uint16(UnsafePointer<UInt16>)
    case float32(UnsafePointer<Float>)
  }

  let values: Values
  let declarations: SampleDeclarations
}

extension FileKind {
  /// What the data set's files of this kind hold, in the order of the file.
  package var bandNames: [String] {
    switch self {
    case .s1: ["VV", "VH"]
    case .s2: ["B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B8A", "B9", "B10", "B11", "B12"]
    case .lc: ["IGBP", "LCCS land cover", "LCCS land use", "LCCS surface hydrology"]
    }
  }

  var sampleType: SampleType {
    switch self {
    case .s1: .float32
    case .s2: .uint16
    case .lc: .uint8
    }
  }

  /// The name for messages.
  package var title: String {
    switch self {
    case .s1: "Sentinel-1"
    case .s2: "Sentinel-2"
    case .lc: "land-cover"
    }
  }
}

/// Height and width of a patch in pixels (10 m each).
package struct PatchSize: Hashable, Codable, Sendable, CustomStringConvertible {
  package let height: Int
  package let width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// A square patch; SEN12MS has 256.
  package init(_ side: Int) { self.init(height: side, width: side) }

  package var pixels: Int { height * width }

  /// "height×width".
  package var description: String { "\(height)×\(width)" }
}
