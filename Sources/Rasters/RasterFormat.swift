import Basics
import CGDAL

/// The sample types in which samples are delivered.
package enum SampleType: Hashable, Sendable {
  case uint8, uint16, float32

  package var bytes: Int {
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

/// The format of a sensor's files. A reader refuses a file of another format.
package struct RasterFormat: Hashable, Sendable {
  /// The name of such a file in messages: "Sentinel-1".
  package let title: String
  /// Names of the bands, in the order in which samples are delivered.
  package let bandNames: [String]
  package let type: SampleType
  /// Whether samples are class numbers: files with a scale or another sample type are then refused.
  package let isCategorical: Bool

  package init(title: String, bandNames: [String], type: SampleType, isCategorical: Bool = false) {
    self.title = title
    self.bandNames = bandNames
    self.type = type
    self.isCategorical = isCategorical
  }

  /// Whether bands are named by numbers, such as `B2` or `B8A`. Other programs write `B02` or `Band 2`.
  var numbersBands: Bool {
    bandNames.allSatisfy { $0.first == "B" && $0.dropFirst().first?.isNumber == true }
  }

  /// The most bytes that the samples of an image take. A file with declarations is read as floats, which take more.
  package func largestBytes(at size: PatchSize) -> Int {
    size.pixels * bandNames.count * max(type.bytes, SampleType.float32.bytes)
  }
}

/// A pointer to the samples of an image, in their type.
package enum SampleValues {
  case uint8(UnsafePointer<UInt8>)
  case uint16(UnsafePointer<UInt16>)
  case float32(UnsafePointer<Float>)

  /// - Parameter memory: aligned for the type.
  package init(_ memory: UnsafeRawPointer, type: SampleType, count: Int) {
    switch type {
    case .uint8: self = .uint8(memory.bindMemory(to: UInt8.self, capacity: count))
    case .uint16: self = .uint16(memory.bindMemory(to: UInt16.self, capacity: count))
    case .float32: self = .float32(memory.bindMemory(to: Float.self, capacity: count))
    }
  }

  package var type: SampleType {
    switch self {
    case .uint8: .uint8
    case .uint16: .uint16
    case .float32: .float32
    }
  }
}

/// The samples of an image, `[H, W, bands]`, in the order of its format's bands.
package struct RasterSamples {
  package let values: SampleValues
  package let marks: MissingMarks
}
