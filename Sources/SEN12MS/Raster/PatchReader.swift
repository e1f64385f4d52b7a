import CKernels

/// Reads patches as a network wants them: chosen bands, normalised, interleaved. One reader serves one thread.
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
    let samples = try files.read(path, kind: input.kind, bands: input.fileBands, size: size)
    let bands = normalisation[input]
    var window = view.window(bands: input.bandCount)
    switch input.kind {
    case .s1:
      let values = samples.assumingMemoryBound(to: Float.self)
      try nanPolicy.check(values, count: input.bandCount * size.pixels, path: path)
      var cleaning = BackscatterRange.cleaning(nanPolicy)
      let fill = bands.mean.map(nanPolicy.fillValue)
      fk_raster_normalise_f32(values, &window, &cleaning, fill, bands.mean, bands.std, output)
    case .s2:
      fk_raster_normalise_u16(
        samples.assumingMemoryBound(to: UInt16.self), &window, bands.mean, bands.std, output)
    case .lc:
      preconditionFailure("land cover is no input of a network")
    }
  }
}
