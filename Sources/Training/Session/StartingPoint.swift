import Basics
import Checkpoints
import Experiments
import Foundation
import Imagery
import Presentation

/// The point where a run starts or goes on. The first rank reads it from the checkpoint and shares it with the others.
package struct StartingPoint: Codable {
  /// The checkpoint from which the run goes on; nil for a new run.
  private(set) var checkpoint: String?
  /// The normalisation that a resumed run keeps, or that of the weights that a new run starts from; nil for another
  /// choice.
  private(set) var normalisation: Normalisation?
  /// Number of epochs done.
  private(set) var epoch = 0
  /// Number of patches done in the epoch in flight.
  private(set) var position = 0
  /// The checkpoint's entries about the data of the run, see `DataDigest`.
  private var metadata: [String: String] = [:]

  /// - Parameter model: the checkpoint from which the run goes on; nil for a new run.
  /// - Throws: `InputError`: usage for an experiment that differs from the run's, or for a run with more epochs than the
  ///   experiment asks for; checkpoint for a file without the state of the optimizer.
  init(_ model: TrainedModel?, for experiment: Experiment) throws {
    guard let model else { return }
    let file = model.file
    try Self.requireSameRun(experiment, model.experiment, file: file.path)
    try Self.requireWork(experiment, file)
    _ = try file.optimizerState(experiment.training.optimizer)
    checkpoint = file.path
    normalisation = model.normalisation
    (epoch, position) = (file.contents.progress.epoch, file.contents.progress.position)
    let keys =
      DataDigest.keys + [ModelMetadata.bands, ModelMetadata.normalisation, ModelMetadata.samplesLookedAt]
    metadata = file.contents.metadata.filter { keys.contains($0.key) }
  }

  /// Takes the normalisation of the weights that a new run starts from, where the experiment asks for it.
  /// - Throws: `InputError` (usage) where there are no weights, or where they do not say it.
  mutating func take(_ weights: InitialWeights?, for experiment: Experiment) throws {
    if experiment.data.normalisation == .weights, weights == nil {
      throw InputError(
        .usage, "data.normalisation", "is weights, but the run starts from random ones",
        remedy: "name weights (--init-from), or set it to published or computed")
    }
    normalisation = try weights?.chosenNormalisation(experiment)
  }

  /// The starting point of the first rank, on every rank.
  func shared(_ communicator: any Communicator) throws -> StartingPoint {
    guard communicator.size > 1 else { return self }
    let text = try Array(ReportJSON.line(self).utf8)
    return try ReportJSON.decode(
      StartingPoint.self, from: Data(communicator.broadcast(text, "the start of the run")))
  }

  /// The checks before the run goes on.
  /// - Parameter acceptsChangedData: whether the files may differ from the files that the run has checked.
  func rehearsal(acceptsChangedData: Bool) -> TrainingRehearsal {
    TrainingRehearsal(lookedAt: acceptsChangedData ? nil : metadata[ModelMetadata.samplesLookedAt])
  }

  /// How the data differ from the data that the run began with; nil where they are the same.
  /// - Parameter isAccepted: whether the user wants to go on with other data.
  /// - Throws: `InputError` (data) that names the parts that differ, where the user has not accepted other data.
  func change(to digest: DataDigest, isAccepted: Bool) throws -> DataChange? {
    let others = digest.differences(from: metadata)
    guard !others.isEmpty else { return nil }
    guard isAccepted else {
      let list = others.map { part in
        "\(part.title) (now \(part.value.cut(to: 100)), then \((metadata[part.key] ?? "").cut(to: 100)))"
      }
      throw InputError(
        .data, others.allSatisfy { $0.key.hasSuffix("_samples") } ? "--data" : "--data and --labels",
        "not what the run to be resumed was begun with: \(list.joined(separator: ", "))",
        remedy: "resume with the data it was begun with, start a new run, or go on with --accept-changed-data"
      )
    }
    return DataChange(others)
  }

  /// One line about the parts of the data that the checkpoint does not note; nil where it notes all, and for a new run.
  func note(on digest: DataDigest) -> String? {
    let unknown = digest.parts.filter { metadata[$0.key] == nil }
    guard let checkpoint, !unknown.isEmpty else { return nil }
    return "\(checkpoint) does not tell with what data the run was begun; not checked: "
      + unknown.map(\.title).joined(separator: ", ")
  }

  private static func requireSameRun(_ wanted: Experiment, _ saved: Experiment, file: String) throws {
    guard let key = wanted.mismatch(with: saved, \.onResume) else { return }
    throw InputError(
      .usage, key.path,
      "is \(key.text(wanted)), but the run to be resumed has \(key.text(saved)) (\(file))",
      remedy: "resume with the run's own config.yaml, or start a new run, also from its weights (--init-from)"
    )
  }

  /// Checks that the run has not begun more epochs than the experiment asks for.
  private static func requireWork(_ experiment: Experiment, _ file: CheckpointFile) throws {
    let progress = file.contents.progress
    let begun = progress.epoch + (progress.stepInEpoch > 0 ? 1 : 0)
    guard begun > experiment.training.epochs else { return }
    throw InputError(
      .usage, "training.epochs",
      "is \(experiment.training.epochs), but the run to be resumed is past that (\(file.path))",
      remedy: "ask for at least \(begun) epochs")
  }
}

/// A change of the data, with which a resumed run goes on.
package struct DataChange: Equatable, Sendable {
  /// Titles of the parts that differ.
  package let parts: [String]
  /// Whether the list of training patches differs. A position within an epoch then no longer has a meaning.
  let hasOtherPatches: Bool

  init(_ others: [DataDigest.Part]) {
    parts = others.map(\.title)
    hasOtherPatches = others.contains { $0.key == DataDigest.keys[0] }
  }
}
