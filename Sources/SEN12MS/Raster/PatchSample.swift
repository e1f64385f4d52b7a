import Basics

extension DataFolder {
  /// A checksum of what some patches hold: the decoded samples of the bands that a network sees, before they are
  /// normalised. Files that hold the same values have the same checksum, however they are encoded.
  /// - Parameter size: the size that every file must have.
  /// - Throws: `InputError` (data) when a file is not readable or breaks the NaN policy.
  package func sampleChecksum(
    of patches: [PatchID], inputs: [SensorInput], size: PatchSize, nanPolicy: NaNPolicy
  ) throws -> UInt64 {
    let reader = PatchReader(
      folder: self, size: size, normalisation: try .identity(), nanPolicy: nanPolicy)
    let samples = try AlignedBuffer<Float>(count: size.pixels * (inputs.map(\.bandCount).max() ?? 0))
    var sum: UInt64 = 1
    for patch in patches {
      for input in inputs {
        try reader.read(patch, input, view: PatchView(of: size), into: samples.pointer)
        // Each step is a bijection of sum and sample. A plain loop, so that debug builds are fast too.
        var next = 0
        while next < size.pixels &* input.bandCount {
          sum = (sum ^ UInt64(samples.pointer[next].bitPattern)) &* 0x9E37_79B1_85EB_CA87
          sum = sum &<< 29 | sum &>> 35
          next = next &+ 1
        }
      }
    }
    return sum
  }
}

extension Normalisation {
  /// Leaves samples as they are.
  fileprivate static func identity() throws -> Normalisation {
    func bands(_ input: SensorInput) -> Bands {
      Bands(
        mean: .init(repeating: 0, count: input.bandCount), std: .init(repeating: 1, count: input.bandCount))
    }
    return try Normalisation(s1: bands(.s1), s2: bands(.s2))
  }
}
