import Basics
import Experiments
import Foundation
import Imagery
import Synchronization
import TensorBoard

/// `tensorboard/`: the event files of a run, which TensorBoard shows as curves, pictures and a row of its table of runs.
///
/// The axis is the number of steps of the run, for training and validation alike. A run that goes on begins a new file, which
/// says that the steps behind its checkpoint come again: TensorBoard then drops what a killed run wrote of them. Events
/// reach the file at once, not with the next checkpoint, because people watch them.
final class EventFolder: RunObserver {
  static let name = "tensorboard"

  let path: String
  private let files: FileSystem
  /// nil before the start, and where nothing is written.
  private let writing = Mutex(Writing?.none)

  var name: String { Self.name }
  var delivery: RunDelivery { .atOnce }

  init(path: String, files: FileSystem) { (self.path, self.files) = (path, files) }

  /// Whether `--overwrite` removes a file of this name.
  static func owns(_ name: String) -> Bool { EventFile.isName(name) }

  func observe(_ event: RunEvent) throws {
    try writing.withLock { writing in
      if case .started(let start) = event { writing = try Writing(start, in: path, files) }
      try writing?.observe(event)
    }
  }
}

/// The event file of a run, or of the next part of a run.
private struct Writing {
  private let file: EventFile
  private var steps: StepCurves
  /// Steps of the run so far.
  private var step: Int
  /// The newest epoch whose validation is written.
  private var validatedEpoch: Int
  private let epochs: Int
  private var examples: ExamplePictures?

  /// Begins a file.
  /// - Returns: nil where the run writes none, or has nothing left to do.
  init?(_ start: RunStart, in path: String, _ files: FileSystem) throws {
    guard start.experiment.outputs.tensorboard, !start.standing.isFinished else { return nil }
    file = try EventFile(in: path, files: files)
    steps = StepCurves(
      stepsPerEpoch: (start.splits[.train]?.count ?? 0)
        / start.experiment.globalBatchSize(ranks: start.ranks),
      objectives: start.objectives)
    epochs = start.standing.epochs
    examples = start.pictures.map { ExamplePictures($0, colours: start.experiment.classColours) }
    (step, validatedEpoch) = (start.standing.globalStep, start.standing.epoch)
    // What stands at the first step is written again, too, should the run go on from this checkpoint once more.
    let first = start.resumption == nil ? 0 : step + 1
    let time = Date.now.timeIntervalSince1970
    let parameters = HyperParameters(start.experiment)
    let values =
      parameters.beginning(name: start.experiment.name, time: time)
      + [.text("run/configuration", Self.block(start.experiment.yaml), meaning: "config.yaml of the run.")]
    try file.write([
      Event(time: time, step: first, .sessionStart), Event(time: time, step: first, .values(values)),
    ])
  }

  mutating func observe(_ event: RunEvent) throws {
    switch event {
    case .started: steps.beginStep()
    case .step(let own):
      step = own.globalStep
      try write(steps.add(own))
    case .evaluation(let own):
      // An epoch may be validated again, when the best checkpoint was lost.
      guard own.split == .validation, own.epoch > validatedEpoch else { break }
      validatedEpoch = own.epoch
      try write(steps.takePoint() + EpochCurves.values(own) + pictures(own))
    case .epoch(let own):
      try write(EpochCurves.values(own))
      steps.beginStep()
    case .stopped: try write(steps.takePoint())
    case .finished: try write([HyperParameters.end(.success, time: Date.now.timeIntervalSince1970)])
    case .checkpoint: break
    }
  }

  /// Pictures of a validation, at most about twenty times in a run: TensorBoard keeps ten of a tag.
  private mutating func pictures(_ validation: RunEvaluation) -> [TaggedValue] {
    let epoch = validation.epoch
    guard let table = validation.predictions,
      epoch == 1 || epoch == epochs || epoch.isMultiple(of: (epochs + 19) / 20)
    else { return [] }
    // The curves are worth more than a picture: a patch that cannot be read ends the training itself.
    let confusion = try? PNGImage(ConfusionPicture(table, title: "Validation, epoch \(epoch)").picture())
    return [
      confusion.map {
        TaggedValue.image("confusion/validation", $0, meaning: "Which classes are taken for which.")
      }
    ].compactMap { $0 } + ((try? examples?.images(table, epoch: epoch)) ?? [])
  }

  /// Writes values of the present step.
  private func write(_ values: [TaggedValue]) throws {
    guard !values.isEmpty else { return }
    try file.write([Event(time: Date.now.timeIntervalSince1970, step: step, .values(values))])
  }

  /// A text that Markdown shows as it is.
  private static func block(_ text: String) -> String {
    text.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
  }
}
