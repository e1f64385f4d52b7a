import Basics
import Metrics
import Presentation

extension ComparedRun {
  /// What a reader of the tables must know of the run.
  var notes: [String] {
    var notes: [String] = []
    if let result {
      if result.checkpoints.isEmpty {
        notes.append("\(folder): the test is from an older version and names no checkpoint")
      }
      let others = summary.results.count - 1
      if others > 0 {
        notes.append(
          "\(folder): the best checkpoint has \(counted(others, "other test")), on other patches, labels or pixels"
        )
      }
    } else {
      notes.append("not tested: \(folder) → fusionctl test \(folder)")
      notes += summary.otherTests.suffix(1).map { test in
        let name = test.checkpoints.map(\.title).joined(separator: " + ")
        let score = Figures.metric(test.metrics[.microF1])
        return "\(folder): only \(name) was tested, which is not the best epoch (micro-F1 \(score))"
      }
    }
    if !summary.finished { notes.append("not finished: \(folder)") }
    if let problem = configurationProblem {
      notes.append("\(folder): its keys are not compared: \(problem)")
    }
    return notes
  }
}
