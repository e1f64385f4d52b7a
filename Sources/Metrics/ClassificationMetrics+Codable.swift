extension ClassificationMetrics: Codable {
  enum CodingKeys: String, CodingKey {
    case task, samples, values, paper, classes, confusion
    case samplesWithoutClasses = "samples_without_classes"
  }

  /// The paper's figures under the paper's names.
  private struct Paper: Codable {
    let overall: Double?
    let average: Double?
    /// CWA by the name of the class; written, never read.
    var classes: [String: Double?]?

    enum CodingKeys: String, CodingKey {
      case overall = "OA"
      case average = "AA"
      case classes = "CWA"
    }

    init(_ metrics: ClassificationMetrics) {
      overall = metrics[.overallAccuracy].known
      average = metrics[.averageAccuracy].known
      classes = Dictionary(
        metrics.classes.map { ($0.name, $0.classWiseAccuracy(metrics.task)) }, uniquingKeysWith: { $1 })
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      overall = try container.decodeIfPresent(Double.self, forKey: .overall)
      average = try container.decodeIfPresent(Double.self, forKey: .average)
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(overall, forKey: .overall)
      try container.encode(average, forKey: .average)
      try container.encode(classes, forKey: .classes)
    }
  }

  /// Also reads what earlier versions wrote: other names, and "NaN" instead of null.
  /// - Throws: `DecodingError` for a confusion matrix whose size or counts do not fit the classes.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    task = try container.decode(ClassificationTask.self, forKey: .task)
    samples = try container.decode(Int.self, forKey: .samples)
    samplesWithoutClasses = try container.decode(Int.self, forKey: .samplesWithoutClasses)
    var values: [MetricKey: Double] = [:]
    for (name, value) in try container.decode([String: Double?].self, forKey: .values) {
      guard let key = MetricKey(storedName: name) else { continue }
      values[key] = value ?? .nan
    }
    if let paper = try container.decodeIfPresent(Paper.self, forKey: .paper) {
      values[.overallAccuracy] = paper.overall ?? .nan
      values[.averageAccuracy] = paper.average ?? .nan
    }
    self.values = values
    let classes = try container.decode([ClassReport].self, forKey: .classes)
    self.classes = classes
    confusion = try container.decodeIfPresent([[Int]].self, forKey: .confusion)
    guard let confusion else { return }
    // Counts are limited because rows are summed up.
    let limit = 1 << 40
    guard confusion.count == classes.count,
      confusion.allSatisfy({ $0.count == classes.count && $0.allSatisfy { (0...limit).contains($0) } })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .confusion, in: container, debugDescription: "not a confusion matrix of these classes")
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(task, forKey: .task)
    try container.encode(samples, forKey: .samples)
    try container.encode(samplesWithoutClasses, forKey: .samplesWithoutClasses)
    let plain = MetricKey.allCases.filter { !$0.isPaper }
    try container.encode(
      Dictionary(uniqueKeysWithValues: plain.map { ($0, self[$0].known) }), forKey: .values)
    try container.encode(Paper(self), forKey: .paper)
    try container.encode(classes, forKey: .classes)
    try container.encodeIfPresent(confusion, forKey: .confusion)
  }
}
