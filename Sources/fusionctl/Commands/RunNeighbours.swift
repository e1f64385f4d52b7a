import Foundation
import Training

/// The runs beside a run, in the same folder.
enum RunNeighbours {
  /// The most runs that are named in one command.
  private static let most = 6

  /// The command that puts a tested run beside the others; nil where there are none, or too many for a line.
  /// - Parameter run: the folder of the run as the user wrote it.
  static func comparison(with run: String) -> String? {
    let run = run.count > 1 && run.hasSuffix("/") ? String(run.dropLast()) : run
    let url = URL(filePath: run)
    let parent = url.deletingLastPathComponent()
    // A folder that cannot be listed has nothing to offer.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.path)) ?? []
    let others = names.sorted().filter { name in
      name != url.lastPathComponent
        && FileManager.default.fileExists(
          atPath: RunFolder.summaryPath(in: parent.appending(path: name).path))
    }
    guard !others.isEmpty, others.count < most else { return nil }
    let start = run.lastIndex(of: "/").map { String(run[...$0]) } ?? ""
    let runs = ([url.lastPathComponent] + others).map { ShellText.quoted(start + $0) }
    return "next: fusionctl compare \(runs.joined(separator: " "))"
  }
}
