import Basics
import Experiments
import Foundation
import Presentation

/// A record of the evaluation that wrote a predictions file, kept next to it as `.NAME.origin`. An evaluation that is
/// run again may replace its own file, and no other.
///
/// The predictions file cannot hold the record: readers of CSV accept no comments, and many file systems lose
/// attributes. Nor can the run folder, which may belong to another user.
struct OutputOrigin: Codable {
  /// A trained network.
  struct Network: Codable, Equatable {
    /// Path of the checkpoint without links.
    var path: String
    /// Checksum of the file's first block, which holds a digest of every byte of the file.
    var seal: String
    /// Checksum of the settings that must stay the same when a run is resumed.
    var run: String

    init(_ model: TrainedModel) throws {
      path = realPath(model.file.path) ?? model.file.path
      seal = checksum(try ModelPath.head(of: model.file.path).bytes)
      let keys = ExperimentKey.all.filter(\.mustMatch.onResume)
      run = checksum(keys.map { "\($0.path) \($0.text(model.experiment))" }.joined(separator: "\n").utf8)
    }

    /// Equal for the same file at another path, and for the checkpoint at the same path of the same run at another time.
    static func == (a: Network, b: Network) -> Bool {
      a.seal == b.seal || (a.path == b.path && a.run == b.run)
    }
  }

  /// The split, the networks and the patches of an evaluation.
  struct Evaluation: Codable, Equatable {
    var split: String
    var networks: [Network]
    /// Number and checksum of the patches; nil until the list has been read.
    var patches: String?

    /// Whether this may be the same evaluation as the other. Patches that are not known yet fit any list.
    func fits(_ other: Evaluation) -> Bool {
      split == other.split && networks == other.networks
        && (patches == nil || other.patches == nil || patches == other.patches)
    }
  }

  var version: String
  var evaluation: Evaluation
  /// Checksums of the predictions file: of its previous text, and of the text that was to be written. The last is that
  /// of the present file, unless the program was killed after it wrote this record and before it wrote the file.
  var checksums: [String]

  private static func path(of file: String) -> String {
    let url = URL(filePath: file)
    return url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).origin").path
  }

  /// The evaluation that wrote the present contents of a file; nil where it is not known.
  static func ofFile(_ file: String) -> Evaluation? {
    guard let record = try? read(file),
      let bytes = try? ReportFile.read(file, what: "the file", limit: 1 << 30),
      record.checksums.contains(checksum(bytes))
    else { return nil }
    return record.evaluation
  }

  private static func read(_ file: String) throws -> OutputOrigin {
    try ReportJSON.decode(
      OutputOrigin.self, from: Data(ReportFile.read(path(of: file), what: "the origin of a file")))
  }

  /// Writes the record for the text that will be written to a file next.
  /// - Throws: `InputError` (environment).
  static func note(_ evaluation: Evaluation, for file: String, text: String) throws {
    let before = try? read(file).checksums.last
    let record = OutputOrigin(
      version: ProgramVersion.current, evaluation: evaluation,
      checksums: [before, checksum(text.utf8)].compactMap { $0 })
    try ReportFile.write(ReportJSON.encode(record), to: path(of: file), files: .system)
  }
}
