import Basics
import Rasters

extension LabelTable {
  /// Computes the class fractions of `patches` from band 1 of their land-cover files, `size` pixels each, of
  /// which `partners` read a part each.
  ///
  /// - Throws: `InputError` (data) for the first patch whose file cannot be read or has other numbers than
  ///   those of the 17 IGBP classes.
  package init(
    landCoverOf patches: [PatchID], in folder: DataFolder, size: PatchSize, threads: Int,
    among partners: (any SweepPartners)? = nil, progress: ProgressReport? = nil
  ) throws {
    let fractions = try ParallelSweep.map(
      patches, among: partners, threads: threads, progress: progress, context: GeoTIFFReader.init
    ) { patch, files in
      let path = folder.file(patch, .lc).path
      return try files.read(path, kind: .lc, size: size) { samples in
        let bands = FileKind.lc.bandNames.count
        switch samples.values {
        case .uint8(let values):
          return try IGBPFractions(landCover: (0..<size.pixels).lazy.map { values[$0 * bands] }, file: path)
            .values
        case .float32(let values):
          // Class numbers, where the file also marks missing pixels.
          let classes = (0..<size.pixels).lazy.map { values[$0 * bands] }
          let missing = classes.count(where: \.isNaN)
          guard missing == 0 else {
            throw InputError(
              .data, path,
              "\(missing) of \(size.pixels) pixels of band 1 are \(samples.marks.words)",
              remedy: "use the label file, or leave the patch out of the list")
          }
          return try IGBPFractions(landCover: classes.map { UInt8($0) }, file: path).values
        case .uint16: preconditionFailure("class numbers are bytes")
        }
      }
    }
    var next = fractions.makeIterator()
    self.init(patches) { _ in IGBPFractions(next.next()!) }
  }
}
