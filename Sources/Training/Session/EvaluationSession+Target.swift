import Basics
import Cluster
import Foundation

/// What a result is called, and where it is noted.
extension EvaluationSession {
  /// What the result is called: the folder of the run, or the experiment where there is none.
  var name: String {
    let run = models.count == 1 ? RunFolder.folder(ofCheckpoint: models[0].model.file.path) : out
    return run.map(RunIdentity.name(ofFolder:)) ?? experiment.name
  }

  /// Where a test is noted; nil for nowhere.
  func target(
    _ checkpoints: [CheckpointRecord], _ data: String, _ labels: String, _ ranks: Ranks
  ) throws -> TestTarget? {
    guard models.count > 1 else { return TestTarget(checkpoint: models[0].model.file.path) }
    guard let out else { return nil }
    var inputs = CommandInputs()
    inputs.add(data: data, labels: labels)
    try inputs.refuse(folder: out, flag: "--out", isReplaced: false)
    let threads = try experiment.threadCount
    let parameters = models.flatMap { $0.model.file.contents.parameters }
    let summary = RunSummary(
      name: name, fusion: experiment.model.fusion.rawValue,
      sensors: experiment.model.sensors.map(\.name), architecture: experiment.model.architecture.rawValue,
      task: experiment.labels.type, classes: experiment.classScheme.classNames,
      parameters: parameters.reduce(0) { $0 + $1.count }, epochs: 0,
      run: RunIdentity(
        folder: out, data: data, labels: labels,
        part: .init(command: command, ranks: ranks.size, threads: threads)),
      networks: checkpoints, threads: threads, seed: experiment.training.seed, finished: true,
      version: ProgramVersion.current)
    return try TestTarget(pair: summary, in: out)
  }

  /// "best.h5, epoch 5"; of a pair both, with their runs: "s1/best.h5, epoch 3 + s2/best.h5, epoch 5".
  var checkpointText: String {
    models.map { model, _ in
      let path = model.file.path
      let run = models.count > 1 ? RunFolder.folder(ofCheckpoint: path).map(RunIdentity.name(ofFolder:)) : nil
      let name = (run.map { "\($0)/" } ?? "") + URL(filePath: path).lastPathComponent
      return "\(shownName(name)), epoch \(model.file.contents.progress.epoch)"
    }.joined(separator: " + ")
  }
}
