import Basics
import Foundation
import Presentation
import Synchronization
import Training

/// A worked example of an output of a run: `events.jsonl`, a line of JSON for each event.
///
///     {"epoch":1,"event":"step","loss":0.6931,"step":3}
package final class JSONLinesObserver: RunObserver {
  private let path: String
  private let file = Mutex(FileHandle?.none)

  package var name: String { "events.jsonl" }
  /// `.atOnce` would write the lines of an epoch twice if a killed run has to train it again.
  package var delivery: RunDelivery { .onceSaved }

  /// The line that adds this output to `RunOutput.all`.
  package static let output = RunOutput.file("events.jsonl") { path, _ in JSONLinesObserver(path: path) }

  package init(path: String) { self.path = path }

  package func observe(_ event: RunEvent) throws {
    switch event {
    case .started(let start):
      try write(
        Line(event: "started", epoch: start.standing.epoch, step: start.standing.step),
        anew: start.resumption == nil)
    case .step(let step):
      try write(Line(event: "step", epoch: step.epoch, step: step.step, loss: step.loss))
    case .epoch(let epoch):
      try write(
        Line(
          event: "epoch", epoch: epoch.record.epoch, loss: epoch.record.trainLoss,
          found: epoch.validation.classes.map(\.truePositives)))
    case .evaluation(let evaluation):
      try write(Line(event: evaluation.split.rawValue, epoch: evaluation.epoch, loss: evaluation.loss))
    case .checkpoint(let checkpoint):
      try write(Line(event: "checkpoint", epoch: checkpoint.standing.epoch, step: checkpoint.standing.step))
    case .stopped(let stop):
      try write(Line(event: "stopped", epoch: stop.standing.epoch, step: stop.standing.step))
    case .finished(let end): try write(Line(event: "finished", epoch: end.standing.epoch))
    }
  }

  private struct Line: Encodable {
    let event: String
    let epoch: Int
    var step: Int?
    var loss: Double?
    /// Of each class, the patches that the validation found.
    var found: [Int]?
  }

  /// Appends a line.
  /// - Parameter anew: whether to replace the file of an earlier run.
  private func write(_ line: Line, anew: Bool = false) throws {
    try file.withLock { file in
      do {
        let handle = try file ?? open(anew: anew)
        file = handle
        try handle.write(contentsOf: Data((ReportJSON.line(line) + "\n").utf8))
      } catch {
        throw InputError(.environment, path, "could not write (\(error.localizedDescription))")
      }
    }
  }

  private func open(anew: Bool) throws -> FileHandle {
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (anew ? O_TRUNC : 0)
    let descriptor = Foundation.open(path, flags, 0o666)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }
}
