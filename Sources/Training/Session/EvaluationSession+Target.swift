import Basics
import Cluster
import Foundation
import Imagery

/// The name of a result, and the summary in which it is noted.
extension EvaluationSession {
  /// The name of the result: the name of the run folder, or of the experiment where there is no run folder.
  var name: String {
    let run = models.count == 1 ? RunFolder.folder(ofCheckpoint: models[0].model.file.path) : out
    return run.map(RunIdentity.name(ofFolder:)) ?? experiment.name
  }

  /// The summary in which a test is noted; nil for none.
  func target(
    _ checkpoints: [CheckpointRecord], _ data: String, _ labels: String?, _ ranks: Ranks
  ) throws -> TestTarget? {
    guard models.count > 1 else { return TestTarget(checkpoint: models[0].model.file.path) }
    guard let out else { return nil }
    try dataInputs(data, labels).refuse(folder: out, flag: "--out", isReplaced: false)
    let threads = try experiment.threadCount
    let parameters = models.flatMap { $0.model.file.contents.parameters }
    var summary = RunSummary(
      experiment, parameters: parameters.reduce(0) { $0 + $1.count }, threads: threads)
    (summary.name, summary.epochs, summary.finished) = (name, 0, true)
    summary.networks = checkpoints
    summary.run = RunIdentity(
      folder: out, data: data, labels: labels,
      part: .init(command: command, ranks: ranks.size, threads: threads, on: device))
    return try TestTarget(pair: summary, in: out)
  }

  /// The run folder that keeps the predictions; nil for none.
  /// - Parameter isMade: whether the folder of a late fusion is made if it is absent.
  func kept(_ split: Split, _ checkpoints: [CheckpointRecord], isMade: Bool) -> KeptPredictions? {
    let isOne = models.count == 1
    guard let folder = isOne ? RunFolder.folder(ofCheckpoint: models[0].model.file.path) : out else {
      return nil
    }
    return KeptPredictions(split, run: out ?? folder, of: checkpoints, isMade: isMade && !isOne)
  }

  /// The data folders, where nothing may be written.
  func dataInputs(_ data: String, _ labels: String?) -> CommandInputs {
    var inputs = CommandInputs()
    inputs.add(data: data, labels: labels, manifest: experiment.manifest)
    return inputs
  }

  /// "best.h5, epoch 5"; for a late fusion all checkpoints with their runs: "s1/best.h5, epoch 3 + s2/best.h5, epoch 5".
  var checkpointText: String {
    models.map { model, _ in
      let path = model.file.path
      let run = models.count > 1 ? RunFolder.folder(ofCheckpoint: path).map(RunIdentity.name(ofFolder:)) : nil
      let name = (run.map { "\($0)/" } ?? "") + URL(filePath: path).lastPathComponent
      return "\(shownName(name)), epoch \(model.file.contents.progress.epoch)"
    }.joined(separator: " + ")
  }
}
