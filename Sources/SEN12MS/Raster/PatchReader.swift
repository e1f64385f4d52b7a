import Basics
import CRaster
import Rasters

/// Reads patches as a network wants them: chosen bands, normalised, as `[H, W, C]`. One reader serves one thread.
final class PatchReader {
  private let folder: DataFolder
  private let size: PatchSize
  private let normalisation: Normalisation
  private let nanPolicy: NaNPolicy
  private let files = GeoTIFFReader()

  /// - Parameter size: the size that every file must have.
  init(folder: DataFolder, size: PatchSize, normalisation: Normalisation, nanPolicy: NaNPolicy) {
    self.folder = folder
    self.size = size
    self.normalisation = normalisation
    self.nanPolicy = nanPolicy
  }

  /// Writes `view` of a patch to `output` `[H, W, C]`, normalised per band.
  /// - Throws: `InputError` (data) when the file is not readable or breaks the NaN policy.
  func read(
    _ patch: PatchID, _ input: SensorInput, view: PatchView, into output: UnsafeMutablePointer<Float>
  ) throws {
    let path = folder.file(patch, input.kind).path
    var window = view.window(bands: input.bandCount, of: input.kind.bandNames.count)
    let chosen = input.fileBands.map { Int32($0 - 1) }
    try files.read(path, kind: input.kind, size: size) { samples in
      switch samples.values {
      case .float32(let values):
        try nanPolicy.check(values, of: input, pixels: size.pixels, path: path, samples.marks)
        normalisation.prepare(values, of: input, window, chosen: chosen, nanPolicy, into: output)
      case .uint16(let values):
        let bands = normalisation[input]
        fk_raster_normalise_u16(values, &window, chosen, bands.mean, bands.std, output)
      case .uint8:
        preconditionFailure("land cover is no input of a network")
      }
    }
  }
}

extension DataFolder {
  /// The samples of an input's bands as they are before cleaning and normalising, `[H, W, C]`, whatever the encoding
  /// of the file: dB or reflectance × 10⁴, missing ones NaN.
  /// - Throws: `InputError` (data) when the file cannot be read or has another size.
  package func samples(of patch: PatchID, _ input: SensorInput, size: PatchSize) throws -> [Float] {
    let step = input.kind.bandNames.count
    let chosen = input.fileBands.map { $0 - 1 }
    return try GeoTIFFReader().read(file(patch, input.kind).path, kind: input.kind, size: size) { samples in
      func floats(_ value: (Int) -> Float) -> [Float] {
        (0..<size.pixels).flatMap { pixel in chosen.map { value(pixel * step + $0) } }
      }
      switch samples.values {
      case .uint16(let values): return floats { Float(values[$0]) }
      case .float32(let values): return floats { values[$0] }
      case .uint8: preconditionFailure("land cover is no input of a network")
      }
    }
  }
}
