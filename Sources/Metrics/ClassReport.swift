/// The figures of one class over an evaluated set of patches.
///
/// A figure that does not exist is nil: null in JSON, "–" in tables.
package struct ClassReport: Equatable, Sendable {
  package let name: String
  package let truePositives: Int
  package let falsePositives: Int
  package let falseNegatives: Int
  package let trueNegatives: Int
  /// The highest probability of the class in any patch; nil where probabilities were not recorded.
  package let highestProbability: Float?

  /// Patches that have the class.
  package var support: Int { truePositives + falseNegatives }
  /// Patches for which the class is predicted.
  package var predicted: Int { truePositives + falsePositives }
  /// Share of the predictions that are right; nil where nothing is predicted.
  package var precision: Double? { quotient(truePositives, predicted) }
  /// Share of the support that is found; nil where no patch has the class.
  package var recall: Double? { quotient(truePositives, support) }
  /// Harmonic mean of precision and recall: 0 for a class that is never found, nil where no patch has it.
  package var f1: Double? { occurs ? fScore(truePositives, predicted, support, beta: 1) : nil }
  /// (TP + TN) / N: a class that is absent and not predicted counts as right.
  package var accuracy: Double {
    ratio(Double(truePositives + trueNegatives), Double(support + falsePositives + trueNegatives))
  }
  /// The paper's CWA: the accuracy of the class for multi-label patches, its recall for single-label ones.
  package func classWiseAccuracy(_ task: ClassificationTask) -> Double? {
    switch task {
    case .multi: accuracy
    case .single: recall
    }
  }

  /// Whether any patch has the class.
  package var occurs: Bool { support > 0 }
}

extension ClassReport: Codable {
  enum CodingKeys: String, CodingKey {
    case name, support, predicted, precision, recall, f1, accuracy
    case truePositives = "true_positives"
    case falsePositives = "false_positives"
    case falseNegatives = "false_negatives"
    case trueNegatives = "true_negatives"
    case highestProbability = "highest_probability"
  }

  /// Reads the counts; the figures are computed from them.
  /// - Throws: `DecodingError`, also for counts below 0 or above 2⁴⁰.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func count(_ key: CodingKeys) throws -> Int {
      let count = try container.decode(Int.self, forKey: key)
      guard (0...1 << 40).contains(count) else {
        throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "no count")
      }
      return count
    }
    self.init(
      name: try container.decode(String.self, forKey: .name), truePositives: try count(.truePositives),
      falsePositives: try count(.falsePositives), falseNegatives: try count(.falseNegatives),
      trueNegatives: try count(.trueNegatives),
      highestProbability: try container.decodeIfPresent(Float.self, forKey: .highestProbability))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(support, forKey: .support)
    try container.encode(predicted, forKey: .predicted)
    try container.encode(truePositives, forKey: .truePositives)
    try container.encode(falsePositives, forKey: .falsePositives)
    try container.encode(falseNegatives, forKey: .falseNegatives)
    try container.encode(trueNegatives, forKey: .trueNegatives)
    // An optional that is nil becomes null.
    try container.encode(precision, forKey: .precision)
    try container.encode(recall, forKey: .recall)
    try container.encode(f1, forKey: .f1)
    try container.encode(accuracy, forKey: .accuracy)
    try container.encode(highestProbability, forKey: .highestProbability)
  }
}
