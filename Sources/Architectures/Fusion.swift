/// Where the sensors meet.
package enum Fusion: Hashable, Sendable {
  /// One sensor.
  case none
  /// The bands of all sensors are stacked into one network.
  case early
  /// One encoder per sensor up to and including `stage` (0 = stem, 1–4 = `layer1`–`layer4`), the weighted
  /// mean of their features, one shared remainder. The paper's DFNN1 is stage 2 with equal weights.
  case middle(stage: Int, weights: [Float])
  /// One network per sensor; the mean of their logits decides.
  case late(LateTraining)

  /// A fusion by its name, without what it takes.
  package enum Kind: String, CaseIterable, Sendable {
    case noFusion = "none"
    case early, middle, late
  }

  /// What the networks of late fusion learn from.
  package enum LateTraining: String, CaseIterable, Sendable {
    /// Each from its own loss, as published.
    case separate
    /// Both from the loss of the averaged logits, as the paper's text reads.
    case joint
  }
}
