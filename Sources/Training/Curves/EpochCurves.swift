import Metrics
import TensorBoard

/// The values of a validation and of an epoch.
enum EpochCurves {
  /// The loss, every figure that exists, and the F1 of each class.
  static func values(_ validation: RunEvaluation) -> [TaggedValue] {
    let metrics = validation.metrics
    var values: [TaggedValue] = [
      .scalar("loss/validation", validation.loss, meaning: "Mean loss over the validation patches.")
    ]
    values += keys(metrics.task).compactMap { key in
      let value = metrics[key]
      guard value.isFinite else { return nil }
      return .scalar("validation/\(key.rawValue)", value, meaning: "\(key.title), of the validation patches.")
    }
    values += metrics.classes.compactMap { report in
      report.f1.map {
        .scalar(
          "class_f1/\(report.name)", $0, meaning: "F1 of the class, of the validation patches.")
      }
    }
    return values
  }

  /// The figures that have a curve: each once.
  private static func keys(_ task: ClassificationTask) -> [MetricKey] {
    MetricKey.allCases.filter { key in
      guard !key.isPaper else { return false }
      return switch task {
      case .multi: true
      // Their micro F1 is the accuracy.
      case .single: key == .microF1 || !key.isAccuracyOfSingleLabels
      }
    }
  }

  /// The training of an epoch, and the best epoch so far.
  static func values(_ epoch: RunEpoch) -> [TaggedValue] {
    var values: [TaggedValue] = [
      .scalar(
        "loss/train_epoch", epoch.record.trainLoss,
        meaning: "Mean loss over the training patches of the epoch, while the network changed."),
      .scalar("training/epoch", Double(epoch.record.epoch), meaning: "Finished epochs."),
      .scalar(
        "training/micro_f1", epoch.training[.microF1],
        meaning: "Micro F1 of the training patches of the epoch, while the network changed."),
      .scalar(
        "training/macro_f1", epoch.training[.macroF1],
        meaning: "Macro F1 of the training patches of the epoch, while the network changed."),
    ]
    if let bytes = epoch.record.peakDeviceBytes {
      values.append(
        .scalar(
          "memory/gpu_peak_gb", Double(bytes) / 1e9,
          meaning: "The most memory of the GPU of the first rank so far, in GB of 10^9 bytes."))
    }
    if let best = epoch.standing.history.best { values += self.values(best) }
    return values
  }

  /// Tags of the best epoch so far, which the table of runs shows, with their titles.
  static let results = [
    ("best/micro_f1", "best micro F1"), ("best/macro_f1", "its macro F1"),
    ("best/validation_loss", "its validation loss"), ("best/epoch", "its epoch"),
  ].map { (tag: $0.0, title: $0.1) }

  private static func values(_ best: RunSummary.Epoch) -> [TaggedValue] {
    let numbers = [
      best.validation[.microF1], best.validation[.macroF1], best.validationLoss, Double(best.epoch),
    ]
    return zip(results, numbers).map { result, number in
      .scalar(result.tag, number, meaning: "Of the best epoch so far, that of the highest micro F1.")
    }
  }
}
