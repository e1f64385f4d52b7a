import ArgumentParser
import Presentation
import Training

/// The options that name a trained network, or networks of one sensor each that are fused late.
struct NetworkOptions: ParsableArguments {
  @OptionGroup var checkpointOptions: CheckpointOptions

  @Option(
    name: .customLong("checkpoint-s1"),
    help: ArgumentHelp(
      "Late fusion of two networks: the run or checkpoint of the Sentinel-1 network.", valueName: "run"))
  var checkpointS1: String?

  @Option(
    name: .customLong("checkpoint-s2"),
    help: ArgumentHelp(
      "Late fusion of two networks: the run or checkpoint of the Sentinel-2 network.", valueName: "run"))
  var checkpointS2: String?

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Late fusion of two or more networks of one sensor each: their runs or checkpoints.", valueName: "run"))
  var checkpoints: [String] = []

  /// The run or checkpoint of one network; nil for a fusion of several.
  var named: String? { checkpointOptions.named }

  func validate() throws {
    let pair = [checkpointS1, checkpointS2].compactMap { $0 }
    let ways = [named != nil, !pair.isEmpty, !checkpoints.isEmpty].count { $0 }
    guard ways == 1, pair.count != 1, checkpoints.count != 1 else {
      throw ValidationError(
        "Give a run or --checkpoint, both --checkpoint-s1 and --checkpoint-s2, or two or more --checkpoints")
    }
  }

  /// The checkpoints, and the folders of their runs.
  /// - Throws: `InputError` (checkpoint) for a folder without one.
  func source(telling progress: ProgressReporter) throws -> (EvaluationSession.Source, runs: [String]) {
    if let named, let networks = try CheckpointArgument.lateNetworks(in: named) {
      return (.several(networks), [named])
    }
    let all = [named, checkpointS1, checkpointS2].compactMap { $0 } + checkpoints
    let found = try all.map { try CheckpointArgument($0, telling: progress) }
    let (paths, runs) = (found.map(\.path), found.compactMap(\.run))
    if paths.count == 1 { return (.one(paths[0]), runs) }
    return (checkpoints.isEmpty ? .pair(s1: paths[0], s2: paths[1]) : .several(paths), runs)
  }
}
