import Metrics

/// Results of the finished epochs of a run, as its checkpoints keep them.
package struct RunHistory: Sendable {
  /// The finished epochs, in ascending order.
  package internal(set) var epochs: [EpochRecord] = []
  package internal(set) var best: RunSummary.Epoch?
  /// The first of the epochs among which the best is chosen; nil where all are compared.
  package internal(set) var bestComparedFrom: Int?
  /// Changes of the data in the middle of the run; nil for none.
  package internal(set) var acceptedChanges: [RunSummary.DataChange]?
  /// Wall-clock seconds of all finished epochs: with validations in `seconds`, without in `trainingSeconds`.
  package internal(set) var seconds = 0.0
  package internal(set) var trainingSeconds = 0.0
  /// Training patches of all finished epochs.
  package internal(set) var images = 0
  /// The part of `trainingSeconds` spent waiting for patches; nil when an earlier epoch did not note it.
  package internal(set) var waitSeconds: Double? = 0.0

  /// Adds an epoch. Replaces an earlier record of this epoch, and removes the records of later ones.
  mutating func add(_ record: EpochRecord) {
    epochs.removeAll { $0.epoch >= record.epoch }
    epochs.append(record)
  }

  /// Notes the epoch as the best if its validation micro-F1 exceeds the best so far. The first epoch compared always
  /// counts as the best.
  /// - Returns: whether the epoch is the best.
  mutating func compare(
    _ record: EpochRecord, training: ClassificationMetrics, validation: ClassificationMetrics,
    shares: [SensorShare] = []
  ) -> Bool {
    if let best {
      guard validation[.microF1] > best.validation[.microF1] else { return false }
    }
    best = .init(
      epoch: record.epoch, trainLoss: record.trainLoss, validationLoss: record.validationLoss,
      train: training, validation: validation, sensorShares: shares.isEmpty ? nil : shares)
    return true
  }
}

extension RunHistory: Codable {
  enum CodingKeys: String, CodingKey {
    case epochs, best, bestComparedFrom, acceptedChanges, seconds, trainingSeconds, images, waitSeconds
  }

  /// Where earlier versions kept the epochs: the text of their `metrics.csv`, empty before the first epoch.
  private enum EarlierKeys: String, CodingKey {
    case table = "metrics"
  }

  /// Reads the histories of earlier versions too.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if container.contains(.epochs) {
      epochs = try container.decode([EpochRecord].self, forKey: .epochs)
    } else {
      let text = try decoder.container(keyedBy: EarlierKeys.self).decode(String.self, forKey: .table)
      epochs = text.isEmpty ? [] : try MetricsTable(text: text, source: "the history of the run").rows
    }
    guard epochs.first?.epoch ?? 1 > 0, zip(epochs, epochs.dropFirst()).allSatisfy({ $0.epoch < $1.epoch })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .epochs, in: container, debugDescription: "epochs out of order")
    }
    best = try container.decodeIfPresent(RunSummary.Epoch.self, forKey: .best)
    bestComparedFrom = try container.decodeIfPresent(Int.self, forKey: .bestComparedFrom)
    acceptedChanges = try container.decodeIfPresent([RunSummary.DataChange].self, forKey: .acceptedChanges)
    seconds = try container.decode(Double.self, forKey: .seconds)
    trainingSeconds = try container.decode(Double.self, forKey: .trainingSeconds)
    images = try container.decode(Int.self, forKey: .images)
    waitSeconds = try container.decodeIfPresent(Double.self, forKey: .waitSeconds)
  }
}
