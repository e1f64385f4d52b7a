import Metrics

/// The figures of a finished epoch: a row of `metrics.csv`.
package struct EpochRecord: Sendable {
  /// Counted from 1.
  package var epoch: Int
  /// Mean losses over the patches of the training and of the validation split.
  package var trainLoss, validationLoss: Double
  package var learningRate: Double
  package var pace: Pace
  /// Every figure of the validation; NaN where it does not exist.
  package var validation: [MetricKey: Double]
  /// The most bytes of an accelerator's memory that the run has had at a time; nil where the CPU computed.
  package var peakDeviceBytes: Int?

  /// How fast the epoch was.
  package struct Pace: Codable, Sendable {
    /// Wall-clock seconds of the epoch, validation included.
    package var seconds: Double
    /// Training patches a second.
    package var imagesPerSecond: Double
    /// Share of the training time spent waiting for patches, 0…1.
    package var dataWaitShare: Double

    package init(seconds: Double, imagesPerSecond: Double, dataWaitShare: Double) {
      self.seconds = seconds
      self.imagesPerSecond = imagesPerSecond
      self.dataWaitShare = dataWaitShare
    }
  }

  package init(
    epoch: Int, trainLoss: Double, validationLoss: Double, learningRate: Double, pace: Pace,
    validation: [MetricKey: Double]
  ) {
    (self.epoch, self.trainLoss, self.validationLoss) = (epoch, trainLoss, validationLoss)
    (self.learningRate, self.pace, self.validation) = (learningRate, pace, validation)
  }
}

extension EpochRecord: Codable {
  /// Reads figures under the names of earlier versions too, and skips figures with unknown names.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    epoch = try container.decode(Int.self, forKey: .epoch)
    trainLoss = try container.decode(Double.self, forKey: .trainLoss)
    validationLoss = try container.decode(Double.self, forKey: .validationLoss)
    learningRate = try container.decode(Double.self, forKey: .learningRate)
    pace = try container.decode(Pace.self, forKey: .pace)
    peakDeviceBytes = try container.decodeIfPresent(Int.self, forKey: .peakDeviceBytes)
    validation = [:]
    for (name, value) in try container.decode([String: Double].self, forKey: .validation) {
      if let key = MetricKey(storedName: name) { validation[key] = value }
    }
  }
}

extension ClassificationMetrics {
  /// Every figure by its key.
  var byKey: [MetricKey: Double] {
    Dictionary(uniqueKeysWithValues: MetricKey.allCases.map { ($0, self[$0]) })
  }
}
