import Basics
import Presentation

/// What an evaluation was made of: run, split, checkpoint and loss.
package struct EvaluationSubject: Equatable, Sendable {
  /// The name of the run.
  package var run: String
  /// Name of the split: "test".
  package var split: String
  /// The places that the patches come from: "26 scenes"; nil where each patch stands for itself.
  package var places: String?
  /// File and epoch of the checkpoint: "best.h5, epoch 5".
  package var checkpoint: String
  /// Mean loss of the predictions, over the patches.
  package var loss: Double

  package init(run: String, split: String, places: String?, checkpoint: String, loss: Double) {
    (self.run, self.split, self.places) = (run, split, places)
    (self.checkpoint, self.loss) = (checkpoint, loss)
  }

  /// One line: "middle · test · 60 patches of 2 scenes · best.h5, epoch 5 · loss 0.2447".
  func line(patches: Int) -> String {
    [
      shownName(run), split,
      NumberText.count(patches, "patch", "patches") + (places.map { " of \($0)" } ?? ""),
      checkpoint, "loss \(NumberText.loss(loss))",
    ].joined(separator: " · ")
  }
}
