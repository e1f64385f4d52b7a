import Basics
import Presentation

/// The sentences for events, the same on the console and in the log.

extension RunStart {
  /// "starting middle: 12 training patches".
  var beginning: String {
    "starting \(shownName(experiment.name)): \(splits[.train]?.count ?? 0) training patches"
  }

  /// "resuming in epoch 2 after step 3, on 3 ranks instead of 2".
  func continuation(_ resumption: Resumption) -> String {
    let place =
      standing.step == 0
      ? "after epoch \(standing.epoch)" : "in epoch \(standing.epoch + 1) after step \(standing.step)"
    return "resuming \(place)"
      + (resumption.ranks == ranks
        ? "" : ", on \(NumberText.count(ranks, "rank", "ranks")) instead of \(resumption.ranks)")
  }

  /// The warning that the run goes on with other data.
  func warning(of change: DataChange) -> String {
    let isBegunAgain = change.hasOtherPatches && standing.step > 0
    return
      "going on with other data, as --accept-changed-data wants: \(change.parts.joined(separator: ", ")); the best "
      + "epoch is chosen anew, from epoch \(standing.history.bestComparedFrom ?? 1) on"
      + (isBegunAgain ? "; epoch \(standing.epoch + 1) begins again with its first patch" : "")
  }
}

extension RunStop {
  /// "stopped by SIGTERM in epoch 2 after step 3; everything is saved".
  var sentence: String {
    let epoch = min(standing.epoch + 1, standing.epochs)
    return "stopped by \(reason) in epoch \(epoch) after step \(standing.step); everything is saved"
  }
}

extension RunEnd {
  /// "finished 30 epochs in 2:10:05; best micro-F1 0.812 in epoch 27: runs/a/checkpoints/best.h5".
  var sentence: String {
    let history = standing.history
    return "finished \(counted(standing.epoch, "epoch")) in \(NumberText.duration(history.seconds))"
      + (history.best.map { "; best micro-F1 \(text($0.validation[.microF1], $0.epoch))" } ?? "")
  }

  /// What the best network takes of each sensor: "fusion2 (gated) takes 72 % of s2 and 28 % of s1".
  var shares: [String] { standing.history.best?.sensorShares?.map(\.sentence) ?? [] }

  private func text(_ score: Double, _ epoch: Int) -> String {
    "\(NumberText.fixed(score, 3)) in epoch \(epoch)"
      + (standing.history.bestComparedFrom.map { ", of epochs \($0) to \(standing.epoch)" } ?? "")
      + (bestCheckpoint.map { ": \($0)" } ?? "")
  }
}
