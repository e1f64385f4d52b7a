import Basics
import Imagery

extension LabelTable {
  /// Computes the class fractions of `patches` from band 1 of their land-cover files of `size` pixels. Each
  /// partner of the sweep reads a part of the files.
  ///
  /// - Throws: `InputError` (data) for the first patch whose file cannot be read or has a number that is no
  ///   IGBP class (1 to 17).
  package init(landCoverOf patches: [PatchID], in folder: DataFolder, size: PatchSize, _ sweep: Sweep) throws
  {
    let store = folder.store(of: patches)
    func reader() throws -> SampleReader { try SampleReader(store, [.landCover], size: size) }
    let fractions = try ParallelSweep.map(Array(patches.indices), sweep, context: reader) { patch, reader in
      let grid = try reader.read(patch, .landCover)[0]
      let bands = Sensor.landCover.bandNames.count
      let pixels = (0..<size.pixels).lazy
      switch grid.values {
      case .uint8(let values):
        return try IGBPFractions(landCover: pixels.map { values[$0 * bands] }, file: grid.source).values
      case .float32(let values):
        // Class numbers are floats where the file also marks missing pixels.
        let classes = pixels.map { values[$0 * bands] }
        let missing = classes.count(where: \.isNaN)
        guard missing == 0 else {
          throw InputError(
            .data, grid.source, "\(missing) of \(size.pixels) pixels of band 1 are \(grid.marks.words)",
            remedy: "use the label file, or leave the patch out of the list")
        }
        return try IGBPFractions(landCover: classes.map { UInt8($0) }, file: grid.source).values
      case .uint16: preconditionFailure("class numbers are bytes")
      }
    }
    var next = fractions.makeIterator()
    self.init(patches) { _ in IGBPFractions(next.next()!) }
  }

  /// The fractions of the patches of a catalogue, in its order. A patch that the table lacks has none.
  func labels(of patches: [PatchID]) -> Labels {
    Labels(classes: IGBPFractions.classCount, patches.map { self[$0]?.slice })
  }
}
