import Synchronization

/// The output of a run on standard error: a table with a row for each epoch, and lines for its start and its end.
final class ConsoleLines: RunObserver {
  private let voice: RunVoice
  private let table = Mutex(EpochTable())

  var name: String { "the lines on standard error" }
  var delivery: RunDelivery { .atOnce }

  init(_ voice: RunVoice) { self.voice = voice }

  func observe(_ event: RunEvent) {
    let progress = voice.progress
    switch event {
    case .started(let start):
      guard let resumption = start.resumption else { break }
      progress.message(start.continuation(resumption))
      if let change = resumption.change { progress.warning(start.warning(of: change)) }
    case .epoch(let epoch): progress.message { style in table.withLock { $0.next(epoch, style) } }
    case .stopped(let stop):
      progress.message(stop.sentence)
      if let steps = voice.nextSteps { progress.command(steps.resuming) }
    case .finished(let end):
      progress.message(end.sentence)
      for line in end.shares { progress.message(line) }
      if let test = voice.nextSteps?.test { progress.command("next: \(test)") }
    case .step, .evaluation, .checkpoint: break
    }
  }
}
