import Basics
import Cluster
import Experiments
import Imagery
import Networks

/// Networks that see windows of a scene in place of the patches of a split.
extension EvaluationSession {
  /// Height and width of the patches that the network was trained on.
  package var trainedSize: PatchSize { models[0].model.imageSize }

  /// The first of the checkpoints, for messages.
  package var checkpointPath: String { models[0].model.file.path }

  /// Paths of all checkpoints.
  package var checkpointPaths: [String] { models.map(\.model.file.path) }

  /// The checkpoints with the digests of their weights. Reads all weights.
  /// - Throws: `InputError` (checkpoint) for a file that changes meanwhile.
  package func checkpointRecords() throws -> [CheckpointRecord] { try models.map { try $0.model.record() } }

  /// Refuses windows of a size that the network does not take.
  /// - Throws: `InputError` (usage).
  package func requireSize(_ size: PatchSize, flag: String) throws {
    if let (problem, remedy) = experiment.model.sizeProblem(size) {
      throw InputError(.usage, flag, problem, remedy: remedy)
    }
    guard !experiment.model.hasFixedSize || size == trainedSize else {
      throw InputError(
        .usage, flag, "is \(size), but the network takes images of \(trainedSize) pixels alone",
        remedy: "leave it out")
    }
  }

  /// The network, for batches of one size, and notes about memory and device.
  /// - Parameters:
  ///   - size: of the images.
  ///   - inputs: those of the experiment, whose sensors may hold fewer bands.
  ///   - images: number of images of each batch.
  ///   - fileSize: of the images as they are stored; nil for the same.
  /// - Throws: `InputError`: environment for too little memory; checkpoint for weights that do not fit.
  package func network(
    on size: PatchSize, inputs: [Channels], images: Int, _ ranks: Ranks, from fileSize: PatchSize? = nil
  ) throws -> (runner: NetworkRunner, notes: [String]) {
    var experiment = experiment
    experiment.evaluation.batchSize = images
    let fit = MemoryFit(
      experiment: experiment, size: size, fileSize: fileSize ?? size, device: device, trains: false,
      ranks: ranks.size,
      ranksOnHost: ranks.onThisHost, trainingPatches: 0, evaluationPatches: images)
    let notes = try device.notes + fit.outcome().notes
    var request = experiment.request(size, from: fileSize ?? size, inference: [images])
    request.storedImages = inputs.reduce(into: [:]) { stored, input in
      stored[input.name] = StoredImage(gridBytes: input.sensor.deliveries(at: fileSize ?? size).map(\.bytes))
    }
    let runner = try NetworkRunner(experiment, request, on: device, ranks: ranks.communicator)
    for (model, prefix) in models { try model.load(into: runner.state, prefix: prefix) }
    return (runner, notes)
  }
}
