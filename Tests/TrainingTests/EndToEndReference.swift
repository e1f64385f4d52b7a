import ReferenceNetworks
import TestSupport

@testable import Experiments
@testable import Imagery
@testable import Metrics
@testable import Presentation
@testable import Training

/// What `e2e.json` says the paper's own code makes of the tiny data set, with networks that are filled by rule.
enum EndToEndReference {
  /// The networks. The document has another, from a PyTorch checkpoint; such files are not read.
  static let networks = ["s1", "s2", "early", "middle", "late"]

  static let document: JSON = {
    do { return try Fixtures.json("e2e.json") } catch {
      preconditionFailure("e2e.json cannot be read: \(error)")
    }
  }()

  /// The results of a network for one label type.
  static func evaluation(_ network: String, _ task: ClassificationTask) -> JSON {
    let found = document.evaluation.array.filter {
      $0.network.string == network && $0.label_type.string == "\(task.rawValue)_label"
    }
    precondition(
      found.count == 1, "e2e.json has \(found.count) evaluations of \(network), \(task.rawValue)-label")
    return found[0]
  }

  /// The experiment of a network: lists as given, and the published treatment of NaN.
  static func experiment(_ network: String, _ task: ClassificationTask) -> Experiment {
    var experiment = Experiment()
    experiment.model =
      switch network {
      case "s1": .init(architecture: .resnet18, sensors: ["s1"])
      case "s2": .init(architecture: .resnet18, sensors: ["s2"])
      case "early": .init(architecture: .resnet18, fusion: .early, sensors: ["s2", "s1"])
      case "middle": .init(architecture: .resnet101, fusion: .middle, sensors: ["s2", "s1"])
      case "late": .init(architecture: .resnet18, fusion: .late, sensors: ["s2", "s1"])
      default: preconditionFailure("the reference has no network \(network)")
      }
    experiment.labels.type = task
    experiment.data.validation = .list
    experiment.data.nan = .paper
    return experiment
  }

  static func splits(_ experiment: Experiment, _ wanted: [Split]) throws -> PatchSplits {
    let data = Fixtures.url("tiny-sen12ms")
    return try PatchSplits(
      experiment, data: data.path, labels: data.appending(path: "labels_splits").path, wanted: wanted,

      passes: FilePasses(threads: 2, progress: ProgressReporter(quiet: true)))
  }
}
