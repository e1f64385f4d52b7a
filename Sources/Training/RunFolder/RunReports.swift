import Checkpoints
import Tensors

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
    summary.test = try Self.testResult(of: summary, in: folder)
    try summary.write(to: folder.summaryPath, files: folder.files)
  }

  /// What `test` has added to the summary; it stands as long as no epoch is added and none becomes the best.
  /// - Throws: `InputError` (environment) when the summary cannot be read. One that is damaged is replaced.
  private static func testResult(of summary: RunSummary, in folder: RunFolder) throws
    -> ClassificationMetrics?
  {
    do {
      let present = try RunSummary(contentsOf: folder.summaryPath)
      let isSame =
        present.completedEpochs == summary.completedEpochs && present.best?.epoch == summary.best?.epoch
      return isSame ? present.test : nil
    } catch let error as InputError where error.kind == .data {
      return nil
    }
  }
}
