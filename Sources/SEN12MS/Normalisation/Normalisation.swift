import Basics

/// Mean and standard deviation of every band; a network sees (x − mean) / std.
///
/// Units are those of the files: dB for Sentinel-1 (after clipping), reflectance × 10⁴ for Sentinel-2.
package struct Normalisation: Codable, Equatable, Sendable {
  /// The figures of some bands, in the order of `SensorInput.bandNames`.
  package struct Bands: Codable, Equatable, Sendable {
    package let mean: [Float]
    package let std: [Float]

    package init(mean: [Float], std: [Float]) {
      self.mean = mean
      self.std = std
    }
  }

  /// VV and VH.
  package let s1: Bands
  /// The ten bands of `SensorInput.s2`.
  package let s2: Bands

  /// - Throws: `InputError` (data) unless there is a finite mean and a positive std for each band.
  package init(s1: Bands, s2: Bands) throws {
    self.s1 = s1
    self.s2 = s2
    try Self.check(s1, .s1)
    try Self.check(s2, .s2)
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    try self.init(
      s1: container.decode(Bands.self, forKey: .s1), s2: container.decode(Bands.self, forKey: .s2))
  }

  /// The figures of an input's bands.
  package subscript(input: SensorInput) -> Bands {
    switch input {
    case .s1: s1
    case .s2: s2
    case .rgb:
      Bands(mean: Array(s2.mean[..<input.bandCount]), std: Array(s2.std[..<input.bandCount]))
    }
  }

  private init(published s1: Bands, _ s2: Bands) {
    self.s1 = s1
    self.s2 = s2
  }

  /// The constants of the paper's code.
  package static let published = Normalisation(
    published: Bands(mean: [-11.76858, -18.294598], std: [4.525339, 4.3586307]),
    Bands(
      mean: [
        1226.4215, 1137.3799, 1139.6792, 1350.9973, 1932.9058, 2211.1584, 2154.9846, 2409.1128, 2001.8622,
        1356.0801,
      ],
      std: [
        741.6254, 740.883, 960.1045, 946.76056, 985.52747, 1082.4341, 1057.7628, 1136.1942, 1132.7898,
        991.48016,
      ]))

  private static func check(_ bands: Bands, _ input: SensorInput) throws {
    func problem(_ text: String) -> InputError {
      InputError(
        .data, "normalisation", text,
        remedy: "use the published constants or compute them from the training split")
    }
    guard bands.mean.count == input.bandCount, bands.std.count == input.bandCount else {
      throw problem(
        "expected \(input.bandCount) means and standard deviations for \(input.rawValue), "
          + "found \(bands.mean.count) and \(bands.std.count)")
    }
    for (name, (mean, std)) in zip(input.bandNames, zip(bands.mean, bands.std)) {
      guard mean.isFinite, std.isFinite, std > 0 else {
        throw problem("band \(name) has mean \(mean) and standard deviation \(std)")
      }
    }
  }
}
