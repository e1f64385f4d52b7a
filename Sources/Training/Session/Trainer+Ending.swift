import Basics
import Cluster
import Presentation

/// What the trainer says at the end of a run.
extension Trainer {
  /// After the last epoch: what the run came to, and what comes next.
  func sayFinished() {
    let epochs = "finished \(counted(state.epoch, "epoch")) in \(NumberText.duration(state.history.seconds))"
    say(
      epochs
        + (state.history.best.map { "; best micro-F1 \(bestText($0.validation[.microF1], $0.epoch))" } ?? ""))
    if let test = nextSteps?.test { sayCommand("next: \(test)") }
  }

  private func bestText(_ score: Double, _ epoch: Int) -> String {
    "\(NumberText.fixed(score, 3)) in epoch \(epoch)"
      + (state.history.bestComparedFrom.map { ", of epochs \($0) to \(state.epoch)" } ?? "")
      + (folder.map { ": \($0.checkpoints.bestPath)" } ?? "")
  }

  /// After a wish to stop, when everything is saved.
  func sayStopped(_ reason: StopReason) {
    let epoch = min(state.epoch + 1, experiment.training.epochs)
    say("stopped by \(reason) in epoch \(epoch) after step \(state.step); everything is saved")
    if let nextSteps { sayCommand(nextSteps.resuming) }
  }
}
