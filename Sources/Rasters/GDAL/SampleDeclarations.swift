import Basics
import CGDAL

/// The declarations of a file about its samples: type, missing values, scale, order of the bands, masks.
///
/// Only the file itself counts. Side-car files (`.aux.xml`, `.msk`) are ignored.
struct SampleDeclarations {
  struct Band {
    /// The place of the band in a pixel of the grid, from 0.
    let place: Int
    /// The number of the band in the file, from 1.
    let number: Int32
    let declared: BandDeclaration
    /// Whether a mask, of this band or of the whole file, marks missing samples.
    let isMasked: Bool
  }

  let type: GDALDataType
  /// The bands of the format that the file holds.
  let bands: [Band]
  /// The number of the alpha band, which is 0 where samples are missing; nil for none.
  let alpha: Int32?
  let remarks: FileRemarks

  /// - Parameters:
  ///   - chosen: the bands of the format that the file holds; nil for all of them, in their order or with their names.
  ///   - isBare: whether the file has no tag that could declare more than the sample type.
  ///   - alpha: the number of the alpha band; nil for none.
  /// - Throws: `BandNames.Conflict`.
  init(
    _ dataset: GDALDatasetH, _ format: RasterFormat, _ chosen: [RasterPart.Band]?, isBare: Bool, alpha: Int32?
  ) throws(BandNames.Conflict) {
    type = GDALGetRasterDataType(GDALGetRasterBand(dataset, 1))
    self.alpha = alpha
    var remarks = FileRemarks()
    var numbered = chosen ?? format.bandNames.indices.map { .init(place: $0, number: $0 + 1) }
    guard !isBare else {
      bands = numbered.map {
        Band(place: $0.place, number: Int32($0.number), declared: .none, isMasked: false)
      }
      if type != format.type.gdal { remarks.insert(.otherType) }
      self.remarks = remarks
      return
    }
    if chosen == nil {
      let descriptions = numbered.map { band in
        GDALGetDescription(GDALGetRasterBand(dataset, Int32(band.number))).map { String(cString: $0) } ?? ""
      }
      switch try BandNames.order(of: descriptions, format) {
      case .byPosition(let isDescribed): if isDescribed { remarks.insert(.unknownNames) }
      case .byName(let order):
        if order != Array(order.indices) { remarks.insert(.reordered) }
        numbered = order.enumerated().map { .init(place: $0, number: $1 + 1) }
      }
    }
    let type = type
    bands = numbered.map { Self.band(dataset, $0, type) }
    if bands.contains(where: \.declared.isScaled), !format.knowsScale {
      remarks.insert(.scaled)
    } else if type != format.type.gdal {
      remarks.insert(.otherType)
    }
    self.remarks = remarks
  }

  private static func band(_ dataset: GDALDatasetH, _ band: RasterPart.Band, _ type: GDALDataType) -> Band {
    let handle = GDALGetRasterBand(dataset, Int32(band.number))
    var isSet: Int32 = 0
    var nodata: Double? = GDALGetRasterNoDataValue(handle, &isSet)
    if isSet == 0 { nodata = nil }
    // The file may write the value with more digits than a float has.
    if type == GDT_Float32 { nodata = nodata.map { Double(Float($0)) } }
    let flags = GDALGetMaskFlags(handle)
    return Band(
      place: band.place, number: Int32(band.number),
      // The scale is 1 and the offset 0 where the file declares none.
      declared: BandDeclaration(
        nodata: nodata, scale: GDALGetRasterScale(handle, nil), offset: GDALGetRasterOffset(handle, nil)),
      // Alpha bands and nodata values are handled separately.
      isMasked: flags & (GMF_ALL_VALID | GMF_ALPHA) == 0 && flags != GMF_NODATA)
  }

  /// Whether samples of type `format.type` can be used as they are stored.
  func isPlain(_ format: RasterFormat) -> Bool {
    type == format.type.gdal && alpha == nil && !bands.contains(where: \.isMasked)
  }

  /// The marks of a missing sample.
  var marks: MissingMarks {
    MissingMarks(
      isFloat: type == GDT_Float32 || type == GDT_Float64, nodata: bands.compactMap(\.declared.nodata),
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
