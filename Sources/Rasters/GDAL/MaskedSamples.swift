import Basics
import CGDAL

/// Reads a file's samples as floats and applies its declarations: scale, band order, NaN for missing samples.
struct MaskedSamples {
  private let content: RasterContent
  private let size: PatchSize
  private let bands: [SampleDeclarations.Band]
  /// Number of samples of a pixel of the grid, which may have bands of other files.
  private let step: Int

  init(_ content: RasterContent) {
    self.content = content
    size = content.size
    bands = content.declarations.bands
    step = content.format.bandNames.count
  }

  /// Writes the samples to their places in the grid, `[H, W, bands]`.
  /// - Returns: false when GDAL cannot read the file; its message then has the reason.
  func read(into output: UnsafeMutableBufferPointer<Float>) -> Bool {
    let format = content.format
    for band in bands {
      // A double holds every sample exactly, so the comparison with the nodata value is exact.
      guard let stored = plane(GDALGetRasterBand(content.dataset, band.number)) else { return false }
      let (scale, offset) = format.knowsScale ? (1, 0) : (band.declared.scale, band.declared.offset)
      for (pixel, value) in stored.enumerated() {
        let isMissing = value == band.declared.nodata || value == format.nodata
        output[pixel * step + band.place] = isMissing ? .nan : Float(value * scale + offset)
      }
    }
    for area in content.missing { erase(area, in: output) }
    return eraseMasked(in: output)
  }

  /// Sets the samples of a missing block to NaN.
  private func erase(_ area: BlockLayout.Area, in output: UnsafeMutableBufferPointer<Float>) {
    for band in bands where area.bands.contains(Int(band.number) - 1) {
      for row in area.rows {
        for column in area.columns { output[(row * size.width + column) * step + band.place] = .nan }
      }
    }
  }

  private func eraseMasked(in output: UnsafeMutableBufferPointer<Float>) -> Bool {
    for band in bands where band.isMasked {
      guard let mask = plane(GDALGetMaskBand(GDALGetRasterBand(content.dataset, band.number))) else {
        return false
      }
      for (pixel, value) in mask.enumerated() where value == 0 { output[pixel * step + band.place] = .nan }
    }
    if let alpha = content.declarations.alpha {
      guard let mask = plane(GDALGetRasterBand(content.dataset, alpha)) else { return false }
      for (pixel, value) in mask.enumerated() where value == 0 {
        for band in bands { output[pixel * step + band.place] = .nan }
      }
    }
    return true
  }

  /// All values of one band.
  private func plane(_ band: GDALRasterBandH?) -> [Double]? {
    var values = [Double](repeating: 0, count: size.pixels)
    let status = GDALRasterIOEx(
      band, GF_Read, 0, 0, Int32(size.width), Int32(size.height), &values, Int32(size.width),
      Int32(size.height),
      GDT_Float64, 0, 0, nil)
    return status == CE_None ? values : nil
  }
}
