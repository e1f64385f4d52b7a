import Basics
import CRaster

/// How samples become what a network sees: missing ones replaced, backscatter clipped, every band normalised.
extension Normalisation {
  /// Writes a window of float samples to `output` `[H, W, C]`.
  /// - Parameter chosen: which bands of a source pixel are the input's, the first being 0.
  func prepare(
    _ samples: UnsafePointer<Float>, of input: SensorInput, _ window: fk_raster_window, chosen: [Int32],
    _ nanPolicy: NaNPolicy, into output: UnsafeMutablePointer<Float>
  ) {
    let bands = self[input]
    var window = window
    var cleaning = nanPolicy.cleaning(input.kind)
    let fill = bands.mean.map(nanPolicy.fillValue)
    fk_raster_normalise_f32(samples, &window, chosen, &cleaning, fill, bands.mean, bands.std, output)
  }

  /// Writes an image `[H, W, C]` of an input's bands, in the units of the files, to `output` `[H, W, C]`: the same
  /// bits that the same samples in a file come to.
  package func prepare(
    image: UnsafePointer<Float>, of input: SensorInput, size: PatchSize, _ nanPolicy: NaNPolicy,
    into output: UnsafeMutablePointer<Float>
  ) {
    let window = PatchView(of: size).window(bands: input.bandCount, of: input.bandCount)
    prepare(
      image, of: input, window, chosen: (0..<Int32(input.bandCount)).map { $0 }, nanPolicy, into: output)
  }
}
