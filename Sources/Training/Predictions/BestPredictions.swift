import Basics
import Imagery
import Metrics
import Synchronization

/// `predictions/validation.csv` of a training: the validation of its best epoch, replaced with each better one.
final class BestPredictions: RunObserver {
  private let run: String
  private let files: FileSystem
  private let state = Mutex(State())

  private struct State {
    /// Digest of the validation patches and their labels.
    var data: String?
    /// The newest validation.
    var validation: (epoch: Int, table: PredictionTable)?
  }

  var name: String { RunPredictions.folder }
  var delivery: RunDelivery { .onceSaved }

  /// - Parameter folder: path of the folder of predictions in the run folder.
  init(folder: String, files: FileSystem) { (run, self.files) = (Path.folder(of: folder), files) }

  func observe(_ event: RunEvent) throws {
    switch event {
    case .started(let start): state.withLock { $0.data = start.splits[.validation]?.digest }
    case .evaluation(let evaluation):
      guard evaluation.split == .validation, let table = evaluation.predictions else { return }
      state.withLock { $0.validation = (evaluation.epoch, table) }
    case .checkpoint(let checkpoint):
      let (data, validation) = state.withLock { ($0.data, $0.validation) }
      guard checkpoint.isBest, let weights = checkpoint.weights, let data, let validation,
        validation.epoch == checkpoint.standing.epoch
      else { return }
      try RunPredictions.write(
        validation.table, PredictionOrigin(epoch: "\(validation.epoch)", weights: weights, data: data),
        to: run, .validation, files: files)
    case .step, .epoch, .stopped, .finished: break
    }
  }
}
