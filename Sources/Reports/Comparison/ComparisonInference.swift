import Basics
import Imagery
import Metrics
import Training

/// How the intervals and tests of a comparison are computed.
package struct ComparisonInference: Sendable {
  package var bootstrap: ClusterBootstrap.Options
  /// The folder of the run from which the others differ; nil for the first run.
  package var base: String?
  /// The predictions of a tested run; nil where it has none.
  package var predictions: @Sendable (ComparedRun) throws -> PredictionTable?

  /// - Parameters:
  ///   - seed: of the random numbers.
  ///   - base: the folder of the run from which the others differ; nil for the first run.
  ///   - predictions: by default those in the run's folder.
  package init(
    resamples: Int = 10_000, seed: UInt64 = 1, base: String? = nil,
    predictions: @escaping @Sendable (ComparedRun) throws -> PredictionTable? = ComparisonInference.kept
  ) {
    bootstrap = ClusterBootstrap.Options(resamples: resamples, seed: seed)
    self.base = base.map(ComparedRun.folder)
    self.predictions = predictions
  }

  /// The predictions of the test that the tables show; nil where the run folder has none, or has those of a newer test
  /// than the tables show.
  /// - Throws: `InputError` for predictions that belong to no test of the run; see `RunPredictions.read`.
  package static func kept(_ run: ComparedRun) throws -> PredictionTable? {
    guard PathState.of(RunPredictions.path(in: run.folder, .test)) != .absent else { return nil }
    do {
      return try RunPredictions.read(run: run.folder, run.summary, .test, test: run.result)
    } catch let error as InputError {
      guard let newest = run.summary.results.last, newest != run.result,
        (try? RunPredictions.read(run: run.folder, run.summary, .test, test: newest)) != nil
      else { throw error }
      return nil
    }
  }
}
