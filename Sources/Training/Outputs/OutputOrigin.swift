import Basics
import Experiments
import Foundation
import Presentation

/// Which evaluation wrote a predictions file: `.NAME.origin` beside it, so that the evaluation may replace its own
/// file when it is run again, and no other.
///
/// The file itself cannot say it: readers of CSV know no comments, and attributes are lost on many file systems.
/// The run folder cannot either where it belongs to somebody else.
struct OutputOrigin: Codable {
  /// A trained network.
  struct Network: Codable, Equatable {
    /// Without links.
    var path: String
    /// Checksum of the first block, which holds a digest of every byte.
    var seal: String
    /// Checksum of what the run was asked for, apart from its length and speed.
    var run: String

    init(_ model: TrainedModel) throws {
      path = realPath(model.file.path) ?? model.file.path
      seal = checksum(try ModelPath.head(of: model.file.path).bytes)
      let keys = ExperimentKey.all.filter(\.mustMatch.onResume)
      run = checksum(keys.map { "\($0.path) \($0.text(model.experiment))" }.joined(separator: "\n").utf8)
    }

    /// Another place of the same file, or the checkpoint of the same run at another time.
    static func == (a: Network, b: Network) -> Bool {
      a.seal == b.seal || (a.path == b.path && a.run == b.run)
    }
  }

  /// What was evaluated.
  struct Evaluation: Codable, Equatable {
    var split: String
    var networks: [Network]
    /// Tells one list of patches from another; nil as long as it was not read.
    var patches: String?

    /// Whether this may be the same evaluation; unknown patches fit all.
    func fits(_ other: Evaluation) -> Bool {
      split == other.split && networks == other.networks
        && (patches == nil || other.patches == nil || patches == other.patches)
    }
  }

  var version: String
  var evaluation: Evaluation
  /// Checksums of the file: the last is its present one, unless the program was killed between writing this and
  /// the file.
  var checksums: [String]

  private static func path(of file: String) -> String {
    let url = URL(filePath: file)
    return url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).origin").path
  }

  /// The evaluation that wrote a file as it is now; nil where that is not known.
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

  /// Notes what will be written to a file.
  /// - Throws: `InputError` (environment).
  static func note(_ evaluation: Evaluation, for file: String, text: String) throws {
    let before = try? read(file).checksums.last
    let record = OutputOrigin(
      version: ProgramVersion.current, evaluation: evaluation,
      checksums: [before, checksum(text.utf8)].compactMap { $0 })
    try ReportFile.write(ReportJSON.encode(record), to: path(of: file), files: .system)
  }
}
