import Basics

/// The results that would be lost if the run of a folder were started again: finished epochs, a best checkpoint.
enum RunResults {
  /// The results in words, such as "metrics.csv with 3 epochs, best.h5"; nil for a run that was only begun.
  ///
  /// A file that cannot be read may hold results, and counts as a result.
  static func found(in folder: String, best: String, files: FileSystem) -> String? {
    let found = [
      finding("metrics.csv", at: RunFolder.metricsPath(in: folder), files, epochs(inTable:)),
      files.state(of: best) == .absent ? nil : "best.h5",
      finding("summary.json", at: RunFolder.summaryPath(in: folder), files) {
        try RunSummary(contentsOf: $0).completedEpochs
      },
    ].compactMap { $0 }
    return found.isEmpty ? nil : found.joined(separator: ", ")
  }

  private static func finding(
    _ name: String, at path: String, _ files: FileSystem, _ epochs: (String) throws -> Int
  ) -> String? {
    guard files.state(of: path) != .absent else { return nil }
    guard let count = try? epochs(path) else { return "\(name), which cannot be read" }
    return count == 0 ? nil : "\(name) with \(counted(count, "epoch"))"
  }

  /// Number of rows of a table; their contents are not checked.
  private static func epochs(inTable path: String) throws -> Int {
    let text = String(decoding: try OpenFile.contents(of: path, limit: 64 << 20, kind: .data), as: UTF8.self)
    return text.split(whereSeparator: \.isNewline).dropFirst().count
  }
}
