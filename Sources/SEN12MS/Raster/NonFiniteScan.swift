import CKernels
import Tensors

/// Finds the patches with missing Sentinel-1 samples, so that policy `skip` can leave them out beforehand.
///
/// Sentinel-2 files hold integers and cannot miss a sample.
public struct NonFiniteScan: Equatable, Sendable {
  /// A patch and how many of its Sentinel-1 samples are NaN or infinite.
  public struct Finding: Equatable, Sendable {
    public let patch: PatchID
    public let samples: Int
  }

  /// The patches without missing samples, in the order given.
  public let clean: [PatchID]
  /// The others.
  public let dropped: [Finding]

  /// Reads the Sentinel-1 files of `patches`, of which `partners` read a part each.
  /// - Throws: `InputError` (data) for the first file that cannot be read.
  public init(
    _ patches: [PatchID], in folder: DataFolder, size: PatchSize, threads: Int,
    among partners: (any SweepPartners)? = nil, progress: ProgressReport? = nil
  ) throws {
    let counts = try ParallelSweep.map(
      patches, among: partners, threads: threads, progress: progress, context: GeoTIFFReader.init
    ) { patch, files in
      try files.read(folder.file(patch, .s1).path, kind: .s1, size: size) { samples in
        guard case .float32(let values) = samples else {
          preconditionFailure("Sentinel-1 samples are floats")
        }
        return [Int(fk_raster_nonfinite(values, Int64(SensorInput.s1.bandCount * size.pixels)))]
      }
    }.joined()
    let findings = zip(patches, counts)
    clean = findings.filter { $0.1 == 0 }.map(\.0)
    dropped = findings.filter { $0.1 > 0 }.map { Finding(patch: $0.0, samples: $0.1) }
  }
}
