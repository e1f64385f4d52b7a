/// Where the sensors meet, and how they are joined there.
public enum Fusion: Sendable {
  /// One sensor.
  case none
  /// The sensors' images are joined, and one network sees the result.
  case inputs(any Join)
  /// One encoder for each sensor up to and including the last of some stages (0 is the first), in increasing order. Behind
  /// the first of them the joined features enter a network of their own. Behind each further one, the joined features are
  /// added to what that network has computed so far.
  case stages([Int], any Join)
  /// One network for each sensor; their logits are joined. Each network is trained on its own loss, as
  /// published. If `isJoint`, all are trained on the loss of the joined logits, as the paper's text reads.
  ///
  /// A join with parameters has a loss of its own if the networks are trained apart. It learns from their logits, and they
  /// do not learn from it.
  case logits(any Join, isJoint: Bool)

  /// One encoder for each sensor up to and including a stage (0 is the first), then one remainder for all.
  public static func stage(_ stage: Int, _ join: any Join) -> Fusion { .stages([stage], join) }

  /// The paper's early fusion: all bands stacked.
  package static var early: Fusion { .inputs(StackedChannels()) }

  /// The paper's middle fusion: the weighted mean of features. Its DFNN1 is stage 2 with equal weights.
  package static func middle(stage: Int, weights: [Float]) -> Fusion {
    .stage(stage, WeightedMean(weights: weights))
  }

  /// The paper's late fusion: the mean of the logits.
  package static func late(isJoint: Bool) -> Fusion { .logits(WeightedMean(), isJoint: isJoint) }
}
