import Basics
import CRaster
import Rasters

/// Mean and variance of one band, gathered piece by piece in double precision (Chan, Golub, LeVeque 1979).
struct BandMoments: Sendable {
  private(set) var count = 0.0
  private(set) var mean = 0.0
  private var squares = 0.0

  init() {}

  init(_ moments: fk_raster_moments) {
    count = Double(moments.count)
    mean = moments.mean
    squares = moments.squares
  }

  /// The population standard deviation.
  var std: Double { count > 0 ? (squares / count).squareRoot() : 0 }

  /// Takes in another piece.
  mutating func merge(_ other: BandMoments) {
    guard other.count > 0 else { return }
    let total = count + other.count
    let difference = other.mean - mean
    mean += difference * other.count / total
    squares += other.squares + difference * difference * count * other.count / total
    count = total
  }
}

extension Normalisation {
  /// Computes the statistics of `inputs` over all pixels of `patches`; those of other sensors stay as published.
  ///
  /// Sentinel-1 is clipped first. Missing samples are treated by `nanPolicy`: `fill` leaves them out.
  /// The result does not depend on the number of threads and of `partners`, which read a part of the files each.
  /// - Throws: `InputError` (data) for a file that cannot be read or breaks the NaN policy, or when a band is
  ///   constant.
  package static func measured(
    over patches: [PatchID], inputs: [SensorInput], in folder: DataFolder, size: PatchSize,
    nanPolicy: NaNPolicy, threads: Int, among partners: (any SweepPartners)? = nil,
    progress: ProgressReport? = nil
  ) throws -> Normalisation {
    let kinds = [SensorInput.s1, .s2].filter { input in inputs.contains { $0.kind == input.kind } }
    let pieces = try ParallelSweep.map(
      patches, among: partners, threads: threads, progress: progress, context: GeoTIFFReader.init
    ) { patch, files in
      try kinds.flatMap { try moments(of: patch, $0, files, folder, size, nanPolicy) }
    }
    var totals = [BandMoments](repeating: .init(), count: kinds.map(\.bandCount).reduce(0, +))
    for piece in pieces {
      for band in totals.indices { totals[band].merge(piece[band]) }
    }
    func bands(_ input: SensorInput) -> Bands {
      guard let position = kinds.firstIndex(of: input) else { return published[input] }
      let own = totals[kinds[..<position].map(\.bandCount).reduce(0, +)...].prefix(input.bandCount)
      return Bands(mean: own.map { Float($0.mean) }, std: own.map { Float($0.std) })
    }
    return try Normalisation(s1: bands(.s1), s2: bands(.s2))
  }

  private static func moments(
    of patch: PatchID, _ input: SensorInput, _ files: GeoTIFFReader, _ folder: DataFolder, _ size: PatchSize,
    _ nanPolicy: NaNPolicy
  ) throws -> [BandMoments] {
    let path = folder.file(patch, input.kind).path
    let pixels = size.pixels
    let step = input.kind.bandNames.count
    return try files.read(path, kind: input.kind, size: size) { samples in
      switch samples.values {
      case .float32(let values):
        try nanPolicy.check(values, of: input, pixels: pixels, path: path, samples.marks)
        var cleaning = nanPolicy.cleaning(input.kind)
        let fill: Float = nanPolicy == .paper ? 0 : .nan
        return input.fileBands.map { band in
          BandMoments(
            fk_raster_moments_f32(values + (band - 1), Int64(pixels), Int64(step), &cleaning, fill))
        }
      case .uint16(let values):
        return input.fileBands.map { band in
          BandMoments(fk_raster_moments_u16(values + (band - 1), Int64(pixels), Int64(step)))
        }
      case .uint8:
        preconditionFailure("land cover is no input of a network")
      }
    }
  }
}
