import Tensors

/// What was evaluated, and with which network.
public struct EvaluationSubject: Equatable, Sendable {
  /// The name of the run.
  public var run: String
  /// "test".
  public var split: String
  /// Scenes that the patches come from.
  public var scenes: Int
  /// "best.h5, epoch 5".
  public var checkpoint: String
  /// Mean loss of the predictions, over the patches.
  public var loss: Double

  public init(run: String, split: String, scenes: Int, checkpoint: String, loss: Double) {
    (self.run, self.split, self.scenes) = (run, split, scenes)
    (self.checkpoint, self.loss) = (checkpoint, loss)
  }

  /// One line: "middle · test · 60 patches of 2 scenes · best.h5, epoch 5 · loss 0.2447".
  func line(patches: Int) -> String {
    [
      shownName(run), split,
      "\(NumberText.count(patches, "patch", "patches")) of \(NumberText.count(scenes, "scene", "scenes"))",
      checkpoint, "loss \(NumberText.loss(loss))",
    ].joined(separator: " · ")
  }
}
