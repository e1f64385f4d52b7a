import Basics

/// The texts that tell what a run has come to: `config.yaml`, `metrics.csv`, `summary.json`.
struct RunReports: Sendable {
  let configuration: String
  let table: MetricsTable
  /// Without tests, and with the part of the run that is under way alone.
  let summary: RunSummary

  /// Replaces the files one after the other, each as a whole.
  /// - Throws: `InputError` (environment) naming the path and the system's reason.
  func write(to folder: RunFolder) throws {
    try AtomicFile.write(configuration, to: folder.configurationPath, files: folder.files)
    try table.write(to: folder.metricsPath, files: folder.files)
    var summary = summary
    if let present = try Self.present(in: folder) {
      summary.tests = present.tests
      summary.run = summary.run?.continuing(present.run)
    }
    try summary.write(to: folder.summaryPath, files: folder.files)
  }

  /// The summary in the folder, with what `test` has added and what earlier parts of the run have noted.
  /// - Returns: nil where there is none, or a damaged one, which is replaced.
  /// - Throws: `InputError` (environment) when it cannot be read.
  private static func present(in folder: RunFolder) throws -> RunSummary? {
    do {
      return try RunSummary(contentsOf: folder.summaryPath)
    } catch let error as InputError where error.kind == .data {
      return nil
    }
  }
}
