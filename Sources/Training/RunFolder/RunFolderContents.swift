import Basics
import Checkpoints
import Foundation

/// The files in the folder that is named for a run.
struct RunFolderContents {
  /// Names that belong to a run, besides hidden locks and half-written files. Other files may not have them.
  static let names = RunOutput.names + ["train.log", "checkpoints"]

  private let path: String
  private let files: FileSystem
  /// Names of the files of a run.
  private let own: [String]
  /// Names of the other files, in alphabetical order. Where no run has been, they include files with a run's names.
  private let others: [String]

  /// Reads the names in a folder, which may be absent.
  /// - Throws: `InputError` (environment) when the path is no folder or the folder cannot be read.
  init(_ path: String, files: FileSystem = .system) throws {
    (self.path, self.files) = (path, files)
    let subject = "--out \(path)"
    switch files.state(of: path) {
    case .present(.folder): break
    case .present(.file), .present(.other):
      throw InputError(.environment, subject, "is a file, not a folder", remedy: "choose another folder")
    case .absent:
      (own, others) = ([], [])
      return
    case let state:
      throw state.error(.environment, subject) ?? InputError(.environment, subject, "cannot be reached")
    }
    let visible = try files.names(in: path).filter { !$0.hasPrefix(".") }.sorted()
    let hasRun = Self.isMarked(path, files)
    own = hasRun ? visible.filter(Self.names.contains) : []
    others = visible.filter { !hasRun || !Self.names.contains($0) }
  }

  /// Whether the folder holds a run, also one that was only begun.
  var holdsRun: Bool { own.contains { $0 != "train.log" } }

  /// - Throws: `InputError` (usage) where the folder holds a run.
  func requireNoRun() throws {
    guard holdsRun else { return }
    throw InputError(
      .usage, "--out \(path)", "the folder already holds a run",
      remedy: "continue it with --resume, replace it with --overwrite, or choose another folder")
  }

  /// Checks that a new run can use the folder: no file in it may have the name of a run's file.
  /// - Returns: one line about other files; nil if there are none.
  /// - Throws: `InputError` (usage) that names the files in the way.
  func requireRoom() throws -> String? {
    let subject = "--out \(path)"
    let streams = others.filter(isOwnStream)
    if let taken = (own + streams).first(where: { Self.names.contains($0) && isOwnStream($0) }) {
      throw InputError(
        .usage, subject, "the output of this process goes to \(taken), which the run writes itself",
        remedy: "redirect it to another file, for instance \(path)/output.log")
    }
    let inTheWay = others.filter(Self.names.contains)
    guard inTheWay.isEmpty else {
      throw InputError(
        .usage, subject,
        "no run has been there, but it holds files with the names of a run's: \(Self.list(inTheWay))",
        remedy: "choose another folder, or move them away")
    }
    let rest = others.filter { !streams.contains($0) }
    return rest.isEmpty ? nil : "\(path) holds other files (\(Self.list(rest))), which are left alone"
  }

  /// The first three of some names.
  private static func list(_ names: [String]) -> String {
    names.prefix(3).map(shownName).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
  }

  /// Whether standard output or standard error of this process goes to the file.
  private func isOwnStream(_ name: String) -> Bool {
    var file = stat()
    guard stat("\(path)/\(name)", &file) == 0 else { return false }
    return [STDOUT_FILENO, STDERR_FILENO].contains { descriptor in
      var stream = stat()
      return fstat(descriptor, &stream) == 0 && stream.st_dev == file.st_dev && stream.st_ino == file.st_ino
    }
  }

  /// Whether a lock, a checkpoint or a readable result shows that a run of this program has been in the folder. The
  /// name of a file alone does not show it.
  private static func isMarked(_ path: String, _ files: FileSystem) -> Bool {
    RunFolderLock.marks(path)
      || ["last", "previous", "best"].contains { files.state(of: "\(path)/checkpoints/\($0).h5") != .absent }
      || (try? RunSummary(contentsOf: RunFolder.summaryPath(in: path))) != nil
      || (try? MetricsTable(contentsOf: RunFolder.metricsPath(in: path))) != nil
  }
}
