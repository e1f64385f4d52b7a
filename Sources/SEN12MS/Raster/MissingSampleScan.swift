import Basics
import Rasters

/// Finds the patches with missing samples before the first epoch: policy `skip` leaves them out, `fail` refuses them.
package struct MissingSampleScan: Equatable, Sendable {
  /// A patch and how many of its samples are missing.
  package struct Finding: Equatable, Sendable {
    package let patch: PatchID
    package let samples: Int
  }

  /// The patches without missing samples, in the order given.
  package let clean: [PatchID]
  /// Those with missing samples, of all inputs together.
  package let dropped: [Finding]
  /// The same for each input by itself.
  package let byInput: [SensorInput: [Finding]]
  /// Patches of each input whose file cannot be read; none where the scan stops at such a file.
  package let unreadable: [SensorInput: [PatchID]]

  /// What to do at a file that cannot be read.
  package enum Damage: Sendable { case stop, count }

  /// Reads the files of `inputs` of all `patches`, of which `partners` read a part each.
  ///
  /// Of Sentinel-2 files as the data set has them only the header is read: integers cannot be NaN, and the header says
  /// whether the file has its whole length.
  /// - Throws: `InputError` (data) for the first file that cannot be read, unless these are counted.
  package init(
    _ patches: [PatchID], inputs: [SensorInput], in folder: DataFolder, size: PatchSize, threads: Int,
    damage: Damage = .stop, among partners: (any SweepPartners)? = nil, progress: ProgressReport? = nil
  ) throws {
    let counts = try ParallelSweep.map(
      patches, among: partners, threads: threads, progress: progress, context: GeoTIFFReader.init
    ) { patch, files in
      try inputs.map { input in
        do {
          return try Self.missing(patch, input, files, folder, size)
        } catch let error as InputError where damage == .count && error.kind == .data {
          return Self.unreadableMark
        }
      }
    }
    let perInput = inputs.indices.map { place in zip(patches, counts).map { ($0, $1[place]) } }
    func findings(_ counts: [(PatchID, Int)]) -> [Finding] {
      counts.filter { $0.1 > 0 }.map { Finding(patch: $0.0, samples: $0.1) }
    }
    byInput = Dictionary(uniqueKeysWithValues: zip(inputs, perInput.map(findings)))
    unreadable = Dictionary(
      uniqueKeysWithValues: zip(
        inputs, perInput.map { $0.filter { $0.1 == Self.unreadableMark }.map(\.0) }))
    dropped = findings(zip(patches, counts).map { ($0, $1.reduce(0) { $0 + max($1, 0) }) })
    clean = zip(patches, counts).filter { $1.allSatisfy { $0 == 0 } }.map(\.0)
  }

  /// Stands for the number of samples of a file that cannot be read.
  private static let unreadableMark = -1

  private static func missing(
    _ patch: PatchID, _ input: SensorInput, _ files: GeoTIFFReader, _ folder: DataFolder, _ size: PatchSize
  ) throws -> Int {
    let path = folder.file(patch, input.kind).path
    if input.kind == .s2, try TIFFHeader.holdsAllIntegers(path, FileKind.s2.format, size: size) { return 0 }
    return try files.read(path, kind: input.kind, size: size) { samples in
      switch samples.values {
      case .float32(let values): input.missingSamples(in: values, pixels: size.pixels)
      case .uint16: 0
      case .uint8: preconditionFailure("land cover is no input of a network")
      }
    }
  }
}

extension DataFolder {
  /// What the samples of an input's bands lack: "4 of 131072 samples are NaN or infinite"; nil for nothing.
  /// - Throws: `InputError` (data) when the file cannot be read.
  package func missingText(of patch: PatchID, _ input: SensorInput, size: PatchSize) throws -> String? {
    try GeoTIFFReader().read(file(patch, input.kind).path, kind: input.kind, size: size) { samples in
      switch samples.values {
      case .float32(let values):
        input.missingText(in: values, pixels: size.pixels, samples.marks)
      case .uint16: nil
      case .uint8: preconditionFailure("land cover is no input of a network")
      }
    }
  }
}
