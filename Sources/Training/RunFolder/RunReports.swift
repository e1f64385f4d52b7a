import Checkpoints
import Foundation

/// The texts that tell what a run has come to: `config.yaml`, `metrics.csv`, `summary.json`.
struct RunReports: Sendable {
  let configuration: String
  let table: MetricsTable
  /// Without the result of a test.
  let summary: RunSummary

  /// Replaces the files one after the other, each as a whole.
  /// - Throws: `InputError` (environment) naming the path and the system's reason.
  func write(to folder: RunFolder) throws {
    try AtomicFile.write(configuration, to: folder.configurationPath, files: folder.files)
    try table.write(to: folder.metricsPath, files: folder.files)
    var summary = summary
    summary.test = Self.testResult(in: folder, epochs: summary.completedEpochs)
    try summary.write(to: folder.summaryPath, files: folder.files)
  }

  /// What `test` has added to the summary; it stands as long as no epoch is added.
  private static func testResult(in folder: RunFolder, epochs: Int) -> ClassificationMetrics? {
    guard let present = try? RunSummary(contentsOf: folder.summaryPath), present.completedEpochs == epochs
    else { return nil }
    return present.test
  }
}
