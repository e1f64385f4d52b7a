import Basics
import Foundation
import Pickles

/// The class fractions of many patches, in one flat array.
package struct LabelTable: Sendable {
  /// All patches of the table, in the order of its source.
  package let patches: [PatchID]
  private let rows: [PatchID: Int32]
  /// `[patches, 17]`
  private let fractions: [Double]

  package var count: Int { patches.count }

  /// The fractions of a patch; nil when the table has none.
  package subscript(patch: PatchID) -> IGBPFractions? {
    guard let row = rows[patch] else { return nil }
    let start = Int(row) * IGBPFractions.classCount
    return IGBPFractions(fractions[start..<start + IGBPFractions.classCount])
  }

  /// The patches of which the table has no fractions.
  package func unlabelled(of patches: [PatchID]) -> [PatchID] { patches.filter { rows[$0] == nil } }

  /// - Parameter source: the label file or folder, for the error.
  /// - Throws: `InputError` (data) with the number of patches that have no fractions and the first three.
  package func requireLabels(of patches: [PatchID], source: String) throws {
    let unlabelled = unlabelled(of: patches)
    guard unlabelled.isEmpty else {
      throw InputError(
        .data, source,
        "\(unlabelled.count) of \(patches.count) patches have no label: \(firstNames(unlabelled))",
        remedy: "use the label file that belongs to the lists")
    }
  }

  /// Computes the fractions of every patch, for data without a label file.
  /// - Parameters:
  ///   - patches: the patches of the table, each only once.
  ///   - fractions: called once for each patch, in order; usually reads the patch's land cover map.
  package init(_ patches: [PatchID], fractions: (PatchID) throws -> IGBPFractions) rethrows {
    var values: [Double] = []
    values.reserveCapacity(patches.count * IGBPFractions.classCount)
    for patch in patches { values += try fractions(patch).values }
    self.init(patches: patches, rows: Self.rows(of: patches), fractions: values)
  }

  /// Reads a file such as `IGBP_probability_labels.pkl`: a dict from Sentinel-2 file names to 17 fractions
  /// in a NumPy array, a list or a tuple.
  /// - Throws: `InputError` (data) naming the file and, where only one patch is wrong, the patch.
  package init(contentsOf url: URL) throws {
    let (arena, root) = try PickleReader.read(url)
    func problem(_ text: String) -> InputError {
      InputError(.data, url.path, text, remedy: "use the published IGBP_probability_labels.pkl")
    }
    guard arena.kind(root) == .dict else {
      throw problem("expected a dict from file names to class fractions, found \(arena.kind(root).name)")
    }

    guard arena.count(root) / 2 <= PickleReader.patchLimit else {
      throw problem("holds \(arena.count(root) / 2) patches, at most \(PickleReader.patchLimit) are read")
    }
    let entries = arena.items(root)
    var patches: [PatchID] = []
    patches.reserveCapacity(entries.count / 2)
    var fractions: [Double] = []
    fractions.reserveCapacity(entries.count / 2 * IGBPFractions.classCount)
    for key in stride(from: 0, to: entries.count, by: 2) {
      guard let name = arena.text(entries[key]) else {
        throw problem("entry \(key / 2) is called by \(arena.kind(entries[key]).name), expected a file name")
      }
      guard let patch = PatchID.parse(sentinel2: name) else {
        throw problem(
          "entry \(key / 2) is called \(excerpt(name)), "
            + "expected a name such as ROIs1158_spring_s2_1_p30.tif")
      }
      let filled = fractions.count
      let found = arena.appendNumbers(entries[key + 1], atMost: IGBPFractions.classCount, to: &fractions)
      guard found == IGBPFractions.classCount else {
        let instead = found.map { "\($0) numbers" } ?? arena.kind(entries[key + 1]).name
        throw problem("\(patch) has \(instead), expected 17 class fractions")
      }
      for index in filled..<fractions.count where !Self.allowed.contains(fractions[index]) {
        throw problem(
          "\(patch) has the fraction \(fractions[index]) of class \(index - filled + 1), "
            + "expected a number from 0 to 1")
      }
      patches.append(patch)
    }

    let rows = Self.rows(of: patches)
    guard rows.count == patches.count else {
      throw problem("\(firstRepeated(in: patches)!) has two entries")
    }
    self.init(patches: patches, rows: rows, fractions: fractions)
  }

  private init(patches: [PatchID], rows: [PatchID: Int32], fractions: [Double]) {
    self.patches = patches
    self.rows = rows
    self.fractions = fractions
  }

  /// The fractions that are accepted: rounding may lead slightly out of 0...1. NaN lies in no range.
  private static let allowed = -1e-6...1 + 1e-6

  private static func rows(of patches: [PatchID]) -> [PatchID: Int32] {
    var rows: [PatchID: Int32] = [:]
    rows.reserveCapacity(patches.count)
    for (row, patch) in patches.enumerated() { rows[patch] = Int32(row) }
    return rows
  }
}
