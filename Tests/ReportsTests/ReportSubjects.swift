import RunSupport

@testable import Basics
@testable import Imagery
@testable import Metrics
@testable import Reports
@testable import Training

/// A network that says things of a kind, on patches of a few scenes.
struct ReportSubjects {
  enum Answers {
    /// The truth, but for some patches of each scene.
    case good
    /// The same for each patch.
    case constant
    /// Anything.
    case random
    /// The truth.
    case perfect
  }

  var classes = ["Forest", "Urban/Built-up", "Snow, ice"]
  var task = ClassificationTask.multi
  var scenes = 12
  var patchesPerScene = 10

  func table(_ answers: Answers) -> PredictionTable {
    var random = RandomStream(seed: 7)
    var (ids, clusters): ([String], [String]) = ([], [])
    var (probabilities, truth): ([Float], [Bool]) = ([], [])
    for scene in 0..<scenes {
      for patch in 0..<patchesPerScene {
        ids.append("scene_\(scene)_p\(patch)")
        clusters.append("scene_\(scene)")
        let first = (scene + patch) % classes.count
        let row = classes.indices.map { k in
          k == first || (task == .multi && (patch + k) % 4 == 0)
        }
        truth += row
        for k in classes.indices {
          let noise = Float(random.uniform()) * 0.3
          switch answers {
          case .good:
            let isRight = (patch + scene) % 5 > 0
            probabilities.append(row[k] == isRight ? 0.6 + noise : 0.1 + noise)
          case .constant: probabilities.append(k == 0 ? 0.75 : 0.125)
          case .random: probabilities.append(Float(random.uniform()))
          case .perfect: probabilities.append(row[k] ? 0.7 + noise : noise)
          }
        }
      }
    }
    return PredictionTable(
      task: task, classes: classes, ids: ids, clusters: clusters, probabilities: probabilities, truth: truth)
  }

  /// A run whose best network was tested with these answers.
  func run(_ answers: Answers, folder: String = "runs/middle", split: Split = .test) throws -> ReportedRun {
    let table = table(answers)
    return try ReportedRun(
      ComparedRun(folder: folder, summary: try summary(table, name: "middle")), split, table,
      epochs: [try sampleRecord(1), try sampleRecord(2)])
  }

  func summary(_ table: PredictionTable, name: String) throws -> RunSummary {
    var summary = try sampleSummary(name: name, test: table.metrics())
    (summary.classes, summary.task) = (classes, task)
    return summary
  }

  func content(_ answers: Answers..., folders: [String] = ["runs/middle", "runs/s2"]) throws -> ReportContent
  {
    try ReportContent(
      zip(answers, folders).map { try run($0, folder: $1) }, images: ReportImages(without: "No images."))
  }
}
