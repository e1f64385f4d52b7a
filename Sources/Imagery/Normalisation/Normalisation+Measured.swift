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

  /// Computes the statistics of the sensors of `inputs` over all pixels: of the bands that `stated` names, else of those of
  /// the inputs. Statistics of other sensors are copied from `stated`.
  ///
  /// Samples are cleaned first. The policy decides about missing samples: `fill` leaves them out. Threads and partners read a
  /// part of the files each, and their numbers do not change the result.
  /// - Throws: `InputError` (data) for a file that cannot be read or breaks the NaN policy, or when a band is
  ///   constant.
  package static func measured(
    over sources: Sources, inputs: [Channels], besides stated: Normalisation?, _ sweep: Sweep
  ) throws -> Normalisation {
    let measured = Set(inputs.map(\.sensor)).sorted { $0.name < $1.name }.map { sensor in
      let own = inputs.filter { $0.sensor == sensor }.flatMap(\.bandNames)
      let known = stated?.figures(of: sensor.name)?.bandNames ?? []
      return Channels(
        name: sensor.name, sensor: sensor, bands: known + Set(own).subtracting(known).sorted())
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
    let found = measured.enumerated().map { position, channels in
      let own = totals[measured[..<position].map(\.bandCount).reduce(0, +)...].prefix(channels.bandCount)
      return SensorFigures(
        sensor: channels.name, bandNames: channels.bandNames,
        bands: Bands(mean: own.map { Float($0.mean) }, std: own.map { Float($0.std) }))
    }
    let names = Set(found.map(\.sensor))
    // The order of the stated statistics is kept, so that files of one data set look alike.
    let order = (stated?.sensors.map(\.sensor) ?? []) + found.map(\.sensor)
    let all = found + (stated?.sensors.filter { !names.contains($0.sensor) } ?? [])
    return try Normalisation(
      all.sorted { order.firstIndex(of: $0.sensor)! < order.firstIndex(of: $1.sensor)! })
  }

  /// The moments of one patch, in the order of the channels' bands.
  private static func moments(
    of channels: Channels, _ grids: [DeliveredGrid], _ policy: NaNPolicy
  ) throws -> [BandMoments] {
    try policy.check(grids, of: channels)
    var moments = [BandMoments](repeating: .init(), count: channels.bandCount)
    for part in channels.parts {
      let grid = grids[part.grid]
      let step = channels.sensor.grids[part.grid].bands.count
      for (band, target) in zip(part.source, part.target) {
        moments[target] = BandMoments(grid, band: Int(band), step: step, of: channels.sensor, policy)
      }
    }
    return moments
  }
}
