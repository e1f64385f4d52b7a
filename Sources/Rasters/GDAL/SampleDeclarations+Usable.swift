import Basics
import CGDAL

extension SampleDeclarations {
  /// Refuses samples of another type than the format's. Where the format accepts other types, samples are refused whose unit
  /// follows neither from their type nor from a scale.
  /// - Throws: `InputError` (data).
  func requireUsable(_ format: RasterFormat, _ path: String) throws {
    let isScaled = remarks.contains(.scaled)
    let (own, expected) = (Self.name(type), format.type.gdal)
    func problem(_ found: String, _ remedy: String) -> InputError {
      InputError(
        .data, path, "expected \(Self.name(expected)) samples in a \(format.title) file, found \(found)",
        remedy: remedy)
    }
    if format.isCategorical, isScaled {
      throw problem("a scale or offset", "store class numbers as they are")
    }
    guard type != expected else { return }
    let remedy = "convert the file to the data set's sample type"
    guard format.acceptsOtherTypes else {
      throw problem(own, "state the type of the files in the data set's description, or \(remedy)")
    }
    guard let bits = Self.bits(type), let expectedBits = Self.bits(expected) else {
      throw problem(own, remedy)
    }
    if format.isCategorical {
      guard !Self.isFloat(type) else { throw problem(own, remedy) }
      return
    }
    // Without a scale, floats can hold the values of every format, and integers those of integer formats of
    // at most as many bits. Bytes, for example, cannot hold the 16 bits of Sentinel-2.
    let holdsTheUnit = Self.isFloat(type) || (!Self.isFloat(expected) && bits >= expectedBits)
    guard isScaled || holdsTheUnit else {
      throw problem(
        "\(own) without a scale", "declare scale and offset in the file, or convert it to the expected type")
    }
  }

  private static func isFloat(_ type: GDALDataType) -> Bool { type == GDT_Float32 || type == GDT_Float64 }

  /// Bits of the types that are read; nil for all others.
  private static func bits(_ type: GDALDataType) -> Int? {
    switch type {
    case GDT_Byte: 8
    case GDT_UInt16, GDT_Int16: 16
    case GDT_UInt32, GDT_Int32, GDT_Float32: 32
    case GDT_Float64: 64
    default: nil
    }
  }

  private static func name(_ type: GDALDataType) -> String {
    GDALGetDataTypeName(type).map { String(cString: $0).lowercased() } ?? "unknown"
  }
}
