import Tensors

/// Finds the patches with missing samples, so that policy `skip` can leave them out beforehand.
public struct MissingSampleScan: Equatable, Sendable {
  /// A patch and how many of its samples are missing.
  public struct Finding: Equatable, Sendable {
    public let patch: PatchID
    public let samples: Int
  }

  /// The patches without missing samples, in the order given.
  public let clean: [PatchID]
  /// The others.
  public let dropped: [Finding]

  /// Reads the files of `inputs` of all `patches`, of which `partners` read a part each.
  ///
  /// Of Sentinel-2 files as the data set has them only the header is read: integers cannot be NaN.
  /// - Throws: `InputError` (data) for the first file that cannot be read.
  public init(
    _ patches: [PatchID], inputs: [SensorInput], in folder: DataFolder, size: PatchSize, threads: Int,
    among partners: (any SweepPartners)? = nil, progress: ProgressReport? = nil
  ) throws {
    let counts = try ParallelSweep.map(
      patches, among: partners, threads: threads, progress: progress, context: GeoTIFFReader.init
    ) { patch, files in
      try [inputs.reduce(0) { try $0 + Self.missing(patch, $1, files, folder, size) }]
    }.joined()
    let findings = zip(patches, counts)
    clean = findings.filter { $0.1 == 0 }.map(\.0)
    dropped = findings.filter { $0.1 > 0 }.map { Finding(patch: $0.0, samples: $0.1) }
  }

  private static func missing(
    _ patch: PatchID, _ input: SensorInput, _ files: GeoTIFFReader, _ folder: DataFolder, _ size: PatchSize
  ) throws -> Int {
    let path = folder.file(patch, input.kind).path
    if input.kind == .s2, try TIFFHeader.declaresNothing(path) { return 0 }
    return try files.read(path, kind: input.kind, size: size) { samples in
      switch samples.values {
      case .float32(let values): input.missingSamples(in: values, pixels: size.pixels)
      case .uint16: 0
      case .uint8: preconditionFailure("land cover is no input of a network")
      }
    }
  }
}
