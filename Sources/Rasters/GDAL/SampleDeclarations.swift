import Basics
import CGDAL

/// The declarations of a file about its samples: type, missing values, scale, order of the bands, masks.
///
/// Only the file itself counts. Side-car files (`.aux.xml`, `.msk`) are ignored.
struct SampleDeclarations {
  struct Band {
    /// The number of the band in the file, from 1.
    let number: Int32
    /// The value that stands for a missing sample.
    let nodata: Double?
    let scale: Double
    let offset: Double
    /// Whether a mask, of this band or of the whole file, marks missing samples.
    let isMasked: Bool
  }

  let type: GDALDataType
  /// The bands of the format, in the format's order.
  let bands: [Band]
  /// The number of the alpha band, which is 0 where samples are missing; nil for none.
  let alpha: Int32?
  let remarks: FileRemarks

  /// - Parameters:
  ///   - isBare: whether the file has no tag that could declare more than the sample type.
  ///   - alpha: the number of the alpha band; nil for none.
  /// - Throws: `BandNames.Conflict`.
  init(_ dataset: GDALDatasetH, _ format: RasterFormat, isBare: Bool, alpha: Int32?) throws(BandNames
    .Conflict)
  {
    let count = format.bandNames.count
    type = GDALGetRasterDataType(GDALGetRasterBand(dataset, 1))
    self.alpha = alpha
    var remarks = FileRemarks()
    guard !isBare else {
      bands = (1...Int32(count)).map { Band(number: $0, nodata: nil, scale: 1, offset: 0, isMasked: false) }
      if type != format.type.gdal { remarks.insert(.otherType) }
      self.remarks = remarks
      return
    }
    let handles = (1...Int32(count)).map { GDALGetRasterBand(dataset, $0) }
    let descriptions = handles.map { GDALGetDescription($0).map { String(cString: $0) } ?? "" }
    var order = Array(0..<count)
    switch try BandNames.order(of: descriptions, format) {
    case .byPosition(let isDescribed): if isDescribed { remarks.insert(.unknownNames) }
    case .byName(let found):
      if found != order { remarks.insert(.reordered) }
      order = found
    }
    let type = type
    bands = order.map { Self.band(handles[$0], number: Int32($0 + 1), type) }
    if bands.contains(where: { $0.scale != 1 || $0.offset != 0 }) {
      remarks.insert(.scaled)
    } else if type != format.type.gdal {
      remarks.insert(.otherType)
    }
    self.remarks = remarks
  }

  private static func band(_ handle: GDALRasterBandH?, number: Int32, _ type: GDALDataType) -> Band {
    var isSet: Int32 = 0
    var nodata: Double? = GDALGetRasterNoDataValue(handle, &isSet)
    if isSet == 0 { nodata = nil }
    // The file may write the value with more digits than a float has.
    if type == GDT_Float32 { nodata = nodata.map { Double(Float($0)) } }
    // The scale is 1 and the offset 0 where the file declares none.
    let (scale, offset) = (GDALGetRasterScale(handle, nil), GDALGetRasterOffset(handle, nil))
    let flags = GDALGetMaskFlags(handle)
    // Alpha bands and nodata values are handled separately.
    let isMasked = flags & (GMF_ALL_VALID | GMF_ALPHA) == 0 && flags != GMF_NODATA
    return Band(number: number, nodata: nodata, scale: scale, offset: offset, isMasked: isMasked)
  }

  /// Whether the file marks missing samples in another way than by NaN or infinity.
  var marksMissing: Bool { alpha != nil || bands.contains { $0.nodata != nil || $0.isMasked } }

  /// Whether samples of type `format.type` can be used as they are.
  func isPlain(_ format: RasterFormat) -> Bool {
    type == format.type.gdal && !marksMissing && remarks.isDisjoint(with: [.scaled, .reordered])
  }

  /// The marks of a missing sample.
  var marks: MissingMarks {
    MissingMarks(
      isFloat: type == GDT_Float32 || type == GDT_Float64, nodata: bands.compactMap(\.nodata),
      isMasked: alpha != nil || bands.contains(where: \.isMasked))
  }
}

/// Remarks about a file that declares more than the data set's own files do.
package struct FileRemarks: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Its bands are described, but not by names of the data set.
  package static let unknownNames = Self(rawValue: 1)
  /// Its bands stand in another order, which their names tell.
  package static let reordered = Self(rawValue: 2)
  /// It declares a scale or an offset.
  package static let scaled = Self(rawValue: 4)
  /// Its samples have another type, and no scale says what they mean.
  package static let otherType = Self(rawValue: 8)
}

/// The facts from the header of a file.
public struct FileFacts: Equatable, Sendable {
  package let size: PatchSize
  package let remarks: FileRemarks

  package init(size: PatchSize, remarks: FileRemarks) {
    self.size = size
    self.remarks = remarks
  }

  /// The error about a file whose size differs from the others.
  package static func otherSize(_ path: String, _ size: PatchSize, expected: PatchSize) -> InputError {
    InputError(
      .data, path, "expected \(expected) pixels (height×width), found \(size)",
      remedy: "every patch of a data set must have the same size")
  }
}
