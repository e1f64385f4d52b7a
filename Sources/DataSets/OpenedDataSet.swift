import Basics
import Imagery

/// The patches of a data set that a run uses, and their labels.
package protocol OpenedDataSet: Sendable {
  /// The patches by their numbers. Their files have not been read.
  var selection: PatchSelection { get }
  /// A sentence about the source of labels; nil if there is nothing to say.
  var labelNote: String? { get }
  /// What a pass over the files of labels does, for its progress: "reading land cover".
  var labelPass: String { get }
  /// The labels of all patches; nil where they take a pass over files. A patch without label has none, and is left out of a run.
  /// - Throws: `InputError` (data) when they cannot be read, or a patch lacks a label that it must have.
  func readLabels() throws -> Labels?
  /// The labels of the wanted patches, of `size` pixels each, by a pass over files. The sweep's partners read a part each.
  /// - Throws: `InputError` (data) for the first patch whose file cannot be read or holds no class of the data set.
  func computeLabels(size: PatchSize, _ sweep: Sweep) throws -> Labels
  /// Notes about what a later test of this run would lack, one line each.
  /// - Parameter labels: the labels of all patches; nil where they take a pass over files.
  func testNotes(_ labels: Labels?) -> [String]
}
