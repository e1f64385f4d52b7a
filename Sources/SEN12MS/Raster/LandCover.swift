import Tensors

extension LabelTable {
  /// Computes the class fractions of `patches` from band 1 of their land-cover files, `size` pixels each, of
  /// which `partners` read a part each.
  ///
  /// - Throws: `InputError` (data) for the first patch whose file cannot be read or has other numbers than
  ///   those of the 17 IGBP classes.
  public init(
    landCoverOf patches: [PatchID], in folder: DataFolder, size: PatchSize, threads: Int,
    among partners: (any SweepPartners)? = nil, progress: ProgressReport? = nil
  ) throws {
    let fractions = try ParallelSweep.map(
      patches, among: partners, threads: threads, progress: progress, context: GeoTIFFReader.init
    ) { patch, files in
      let path = folder.file(patch, .lc).path
      return try files.read(path, kind: .lc, size: size) { samples in
        guard case .uint8(let values) = samples else { preconditionFailure("land-cover samples are bytes") }
        let bands = FileKind.lc.bandNames.count
        return try IGBPFractions(landCover: (0..<size.pixels).lazy.map { values[$0 * bands] }, file: path)
          .values
      }
    }
    var next = fractions.makeIterator()
    self.init(patches) { _ in IGBPFractions(next.next()!) }
  }
}

extension DataFolder {
  /// The size of a patch's file of kind `kind`, which its header tells.
  /// - Throws: `InputError` (data) when the file is absent or no such file.
  public func size(of patch: PatchID, _ kind: FileKind) throws -> PatchSize {
    try GeoTIFFReader().size(of: file(patch, kind).path, kind: kind)
  }
}
