/// The figures of one class over an evaluated set of patches.
public struct ClassReport: Codable, Equatable, Sendable {
  public let name: String
  /// Patches that have the class.
  public let support: Int
  /// Patches for which it is predicted.
  public let predicted: Int
  public let truePositives: Int
  public let falsePositives: Int
  public let falseNegatives: Int
  public let trueNegatives: Int
  /// Share of the predictions that are right; 0 where nothing is predicted.
  public let precision: Double
  /// Share of the support that is found; 0 where there is no support.
  public let recall: Double
  /// Harmonic mean of precision and recall; 0 where both are.
  public let f1: Double
  /// The paper's CWA, see `PaperMetric`.
  public let classWiseAccuracy: Double

  /// Whether any patch has the class. If not, the figures are conventions, shown with "n/a" beside them.
  public var occurs: Bool { support > 0 }

  enum CodingKeys: String, CodingKey {
    case name, support, predicted, precision, recall, f1
    case truePositives = "true_positives"
    case falsePositives = "false_positives"
    case falseNegatives = "false_negatives"
    case trueNegatives = "true_negatives"
    case classWiseAccuracy = "class_wise_accuracy"
  }
}
