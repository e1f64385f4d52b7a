import Experiments
import Imagery
import Packs
import Presentation

/// Copies of a pack's shards on the node of a rank.
extension Trainer {
  /// Begins to copy shards that the run will read more than once. A run without copies has the same results, so that an error
  /// ends the staging, not the run.
  /// - Returns: nil where nothing is copied.
  func beginStaging() -> PackStaging? {
    guard let stage, let store = splits.store as? PackStore else { return nil }
    let epochs = experiment.training.epochs - state.epoch
    var uses: [Int: Int] = [:]
    for split in [Split.train, .validation] { for patch in splits[split].patches { uses[patch] = epochs } }
    let (progress, logger) = (place.progress, place.logger)
    let say: @Sendable (String) -> Void = { line in
      progress.message(line)
      logger.info("\(line)")
    }
    do {
      let staging = try PackStaging(store, uses: uses, stage, say: say)
      let line =
        staging.map {
          "staging \(NumberText.count($0.shards.count, "shard", "shards")) (\(NumberText.bytes($0.shards.bytes))) in \(stage.folder)"
        }
        ?? "nothing is staged: the run reads no shard more than once"
      say(line)
      return staging
    } catch {
      place.warn("nothing is staged: \(error)")
      return nil
    }
  }
}

extension StageSettings {
  /// The staging that an experiment asks for; nil where it asks for none.
  /// - Throws: `InputError` (usage) for a folder that is not there; see also `MemoryFit`.
  init?(_ experiment: Experiment, _ fit: MemoryFit) throws {
    guard let folder = try experiment.stageFolder() else { return nil }
    try self.init(folder: folder, limit: experiment.data.stageBytes?.bytes, freeMemory: fit.spare())
  }
}
