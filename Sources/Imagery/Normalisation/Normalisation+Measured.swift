import Basics

extension Normalisation {
  /// The patches that statistics are computed from.
  package struct Sources: Sendable {
    /// Numbers of patches in the catalogue.
    package let patches: [Int]
    package let store: any PatchStore
    /// The size of every patch.
    package let size: PatchSize
    package let nanPolicy: NaNPolicy

    package init(patches: [Int], store: any PatchStore, size: PatchSize, nanPolicy: NaNPolicy) {
      (self.patches, self.store, self.size) = (patches, store, size)
      self.nanPolicy = nanPolicy
    }
  }

  /// Computes the statistics of the sensors of `inputs` over all pixels. Statistics of other sensors are copied from here.
  ///
  /// Samples are cleaned first. The policy decides about missing samples: `fill` leaves them out. Threads and partners read a
  /// part of the files each, and their numbers do not change the result.
  /// - Throws: `InputError` (data) for a file that cannot be read or breaks the NaN policy, or when a band is
  ///   constant.
  package func measured(over sources: Sources, inputs: [Channels], _ sweep: Sweep) throws -> Normalisation {
    let measured = sensors.compactMap { figures in
      inputs.first { $0.sensor.name == figures.sensor }.map {
        Channels(name: figures.sensor, sensor: $0.sensor, bands: figures.bandNames)
      }
    }
    func reader() throws -> SampleReader {
      try SampleReader(sources.store, measured.map(\.sensor), size: sources.size)
    }
    let pieces = try ParallelSweep.map(sources.patches, sweep, context: reader) { patch, reader in
      try measured.flatMap { try Self.moments(of: $0, reader.read(patch, $0.sensor), sources.nanPolicy) }
    }
    var totals = [BandMoments](repeating: .init(), count: measured.map(\.bandCount).reduce(0, +))
    for piece in pieces {
      for band in totals.indices { totals[band].merge(piece[band]) }
    }
    return try Normalisation(
      sensors.map { figures in
        guard let position = measured.firstIndex(where: { $0.name == figures.sensor }) else { return figures }
        let own = totals[measured[..<position].map(\.bandCount).reduce(0, +)...]
          .prefix(figures.bandNames.count)
        return SensorFigures(
          sensor: figures.sensor, bandNames: figures.bandNames,
          bands: Bands(mean: own.map { Float($0.mean) }, std: own.map { Float($0.std) }))
      })
  }

  /// The moments of one patch, in the order of the channels' bands.
  private static func moments(
    of channels: Channels, _ grids: [RawGrid], _ policy: NaNPolicy
  ) throws -> [BandMoments] {
    try policy.check(grids, of: channels)
    let rule = channels.sensor.cleaning.rule(policy)
    var moments = [BandMoments](repeating: .init(), count: channels.bandCount)
    for part in channels.parts {
      let grid = grids[part.grid]
      let (pixels, step) = (Int64(grid.size.pixels), channels.sensor.grids[part.grid].bands.count)
      for (band, target) in zip(part.source, part.target) {
        moments[target] = BandMoments(grid.values, band: Int(band), pixels: pixels, step: step, rule, policy)
      }
    }
    return moments
  }
}
