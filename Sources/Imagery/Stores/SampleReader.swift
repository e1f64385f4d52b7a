import Basics

/// A reader of a store with its own memory, for one thread. It delivers samples in the form of `GridDelivery`, see
/// `SampleConversion`.
package final class SampleReader {
  private let reading: any PatchReading
  private let size: PatchSize
  private let conversions: [SampleConversion]
  /// Delivered samples of a patch.
  private let memory: AlignedBuffer<UInt8>
  /// Stored samples of a patch, where they cannot be converted in their place.
  private let stored: AlignedBuffer<UInt8>

  /// - Parameters:
  ///   - sensors: the sensors that will be read.
  ///   - size: the size that every patch must have.
  /// - Throws: `InputError`: environment for lack of memory; data when the size does not fit a grid of a sensor.
  package init(_ store: any PatchStore, _ sensors: [Sensor], size: PatchSize) throws {
    for sensor in sensors { try sensor.requireWholePixels(in: size) }
    reading = try store.reader()
    self.size = size
    conversions = sensors.map { SampleConversion($0, size: size) }
    memory = try AlignedBuffer(count: sensors.map { $0.deliveredBytes(at: size) }.max() ?? 0)
    stored = try AlignedBuffer(
      count: conversions.map { $0.usesOneMemory ? 0 : $0.sensor.largestBytes(at: size) }.max() ?? 0)
  }

  /// Reads the grids of a patch. They are valid until the next call.
  /// - Parameter sensor: one of the sensors that the reader was made for.
  /// - Throws: `InputError` (data), see `PatchReading`.
  package func read(_ patch: Int, _ sensor: Sensor) throws -> [DeliveredGrid] {
    try read(
      patch, sensor, into: UnsafeMutableRawBufferPointer(start: memory.pointer, count: memory.count))
  }

  /// Reads the grids of a patch into memory of the caller, of `Sensor.deliveredBytes`.
  /// - Throws: `InputError` (data), see `PatchReading`.
  func read(
    _ patch: Int, _ sensor: Sensor, into memory: UnsafeMutableRawBufferPointer
  ) throws -> [DeliveredGrid] {
    guard let conversion = conversions.first(where: { $0.sensor.name == sensor.name }) else {
      preconditionFailure("the reader was not made for \(sensor.title)")
    }
    let room =
      conversion.usesOneMemory
      ? memory : UnsafeMutableRawBufferPointer(start: stored.pointer, count: stored.count)
    let grids = try reading.read(patch, sensor, size: size, into: room)
    precondition(grids.count == sensor.grids.count, "a store delivers all grids of a sensor")
    return conversion.convert(grids, into: memory)
  }

  /// Number of missing samples of the bands. Where the header shows that samples are integers, they are not read.
  /// - Throws: `InputError` (data), see `PatchReading`.
  func missingSamples(of patch: Int, _ channels: Channels) throws -> Int {
    if channels.sensor.values.nodata == nil,
      try reading.holdsAllIntegers(patch, channels.sensor, size: size)
    {
      return 0
    }
    return try channels.missingSamples(in: read(patch, channels.sensor))
  }
}

extension PatchStore {
  /// The samples of some channels before cleaning and normalising, `[H, W, C]`, in the sensor's unit. Missing samples are
  /// NaN.
  /// - Throws: `InputError` (data) when they cannot be read or have another size.
  package func samples(of patch: Int, _ channels: Channels, size: PatchSize) throws -> [Float] {
    try channels.requireFewBands()
    let reader = try SampleReader(self, [channels.sensor], size: size)
    // Infinite samples stay as they are, and NaN is replaced by NaN.
    let preparation = SamplePreparation(
      channels, bands: .identity(channels.bandCount),
      CleaningRule(low: -.infinity, high: .infinity, fillsInfinite: false),
      fill: .init(repeating: .nan, count: channels.bandCount))
    var samples = [Float](repeating: 0, count: size.pixels * channels.bandCount)
    let grids = try reader.read(patch, channels.sensor)
    samples.withUnsafeMutableBufferPointer {
      preparation.prepare(grids, view: PatchView(of: size), into: $0.baseAddress!)
    }
    return samples
  }

  /// A text about missing samples of some channels: "4 of 131072 samples are NaN or infinite"; nil where none is missing.
  /// - Throws: `InputError` (data) when they cannot be read.
  package func missingText(of patch: Int, _ channels: Channels, size: PatchSize) throws -> String? {
    let reader = try SampleReader(self, [channels.sensor], size: size)
    return try channels.missing(in: reader.read(patch, channels.sensor))?.text
  }

  /// A checksum of the decoded samples of some patches, in the bands of a network, before they are normalised. Stores with
  /// the same values have the same checksum, whatever their encoding.
  /// - Parameter size: the size that every patch must have.
  /// - Throws: `InputError` (data) when a sample is not readable or breaks the NaN policy.
  package func sampleChecksum(
    of patches: [Int], inputs: [Channels], size: PatchSize, nanPolicy: NaNPolicy
  ) throws -> UInt64 {
    for input in inputs { try input.requireFewBands() }
    let reader = try SampleReader(self, inputs.map(\.sensor), size: size)
    let samples = try AlignedBuffer<Float>(count: size.pixels * (inputs.map(\.bandCount).max() ?? 0))
    let preparations = inputs.map { SamplePreparation($0, bands: .identity($0.bandCount), nanPolicy) }
    var sum: UInt64 = 1
    for patch in patches {
      for (input, preparation) in zip(inputs, preparations) {
        let grids = try reader.read(patch, input.sensor)
        try nanPolicy.check(grids, of: input)
        preparation.prepare(grids, view: PatchView(of: size), into: samples.pointer)
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

extension Normalisation.Bands {
  /// Statistics that leave samples as they are.
  fileprivate static func identity(_ count: Int) -> Self {
    Self(mean: .init(repeating: 0, count: count), std: .init(repeating: 1, count: count))
  }
}
