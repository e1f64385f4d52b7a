import Basics
import CGDAL

/// Reads a file's samples as floats and applies its declarations: scale, band order, NaN for missing samples.
struct DeclaredSamples {
  private let content: GeoTIFFContent
  private let size: PatchSize
  private let bands: [SampleDeclarations.Band]

  init(_ content: GeoTIFFContent) {
    self.content = content
    size = content.size
    bands = content.declarations.bands
  }

  /// Writes the samples, `[H, W, bands]`.
  /// - Returns: false when GDAL cannot read the file; its message then has the reason.
  func read(into output: UnsafeMutableBufferPointer<Float>) -> Bool {
    let count = bands.count
    // A double holds every sample exactly, so the comparison with the nodata value is exact.
    var stored = [Double](repeating: 0, count: output.count)
    var numbers = bands.map(\.number)
    let step = MemoryLayout<Double>.stride
    let status = GDALDatasetRasterIOEx(
      content.dataset, GF_Read, 0, 0, Int32(size.width), Int32(size.height), &stored, Int32(size.width),
      Int32(size.height), GDT_Float64, Int32(count), &numbers, GSpacing(count * step),
      GSpacing(size.width * count * step), GSpacing(step), nil)
    guard status == CE_None else { return false }
    for (place, band) in bands.enumerated() {
      for index in stride(from: place, to: output.count, by: count) {
        let value = stored[index]
        output[index] = value == band.nodata ? .nan : Float(value * band.scale + band.offset)
      }
    }
    for block in content.blocks.missing { erase(content.blocks.area(block), in: output) }
    return eraseMasked(in: output)
  }

  /// Sets the samples of a missing block to NaN.
  private func erase(_ area: BlockLayout.Area, in output: UnsafeMutableBufferPointer<Float>) {
    for (place, band) in bands.enumerated() where area.bands.contains(Int(band.number) - 1) {
      for row in area.rows {
        for column in area.columns { output[(row * size.width + column) * bands.count + place] = .nan }
      }
    }
  }

  private func eraseMasked(in output: UnsafeMutableBufferPointer<Float>) -> Bool {
    for (place, band) in bands.enumerated() where band.isMasked {
      guard let mask = plane(GDALGetMaskBand(GDALGetRasterBand(content.dataset, band.number))) else {
        return false
      }
      for (pixel, value) in mask.enumerated() where value == 0 { output[pixel * bands.count + place] = .nan }
    }
    if let alpha = content.declarations.alpha {
      guard let mask = plane(GDALGetRasterBand(content.dataset, alpha)) else { return false }
      for (pixel, value) in mask.enumerated() where value == 0 {
        for place in bands.indices { output[pixel * bands.count + place] = .nan }
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
