import Checkpoints
import Foundation
import TestSupport

/// What a run has written.
struct RunFiles {
  let url: URL

  init(_ url: URL) { self.url = url }

  func text(_ name: String) throws -> String {
    try String(contentsOf: url.appending(path: name), encoding: .utf8)
  }

  var summary: JSON { get throws { try JSON(contentsOf: url.appending(path: "summary.json")) } }

  /// `metrics.csv` as cells, titles first.
  var metrics: [[String]] {
    get throws {
      try text("metrics.csv").split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
    }
  }

  /// `metrics.csv` without what a clock decides.
  var metricsWithoutTimes: [[String]] {
    get throws {
      let rows = try metrics
      let times = ["seconds", "images_per_second", "data_wait_share"]
      return rows.map { row in zip(rows[0], row).filter { !times.contains($0.0) }.map(\.1) }
    }
  }

  func path(_ checkpoint: String) -> String { url.appending(path: "checkpoints/\(checkpoint).h5").path }

  func checkpoint(_ name: String) throws -> CheckpointFile { try CheckpointFile(path: path(name)) }

  /// Names in the run folder and in its folder of checkpoints.
  var names: [String] {
    get throws { try (files("") + files("checkpoints")).sorted() }
  }

  /// Names in a folder of the run folder.
  func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.appending(path: folder).path)
  }
}

/// What differs between the training states of two checkpoints, to the bit: empty when nothing does.
func differences(_ a: CheckpointFile, _ b: CheckpointFile) throws -> [String] {
  var found: [String] = []
  func compare(_ what: String, _ isEqual: Bool) { if !isEqual { found.append(what) } }
  let (one, other) = (a.contents, b.contents)
  compare("progress", one.progress == other.progress)
  compare("best", one.best == other.best)
  compare("counters", one.counters == other.counters)
  compare(
    "optimizer", one.optimizer?.kind == other.optimizer?.kind && one.optimizer?.step == other.optimizer?.step)
  compare("names", one.parameters == other.parameters && one.buffers == other.buffers)
  guard found.isEmpty else { return found }
  let slots = one.optimizer?.slots.map(\.name) ?? []
  compare("slots", slots == other.optimizer?.slots.map(\.name) ?? [])
  let sections: [(CheckpointSection, [String])] =
    [(.parameters, one.parameters.map(\.name)), (.buffers, one.buffers.map(\.name))]
    + slots.map { (.optimizerSlot($0), one.parameters.map(\.name)) }
  for (section, names) in sections {
    for name in names {
      let (left, right) = (try a.tensor(name, from: section), try b.tensor(name, from: section))
      let isEqual = left.values.withUnsafeBytes { left in
        right.values.withUnsafeBytes { right in
          left.count == right.count && memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
        }
      }
      compare("\(section) \(name)", isEqual)
    }
  }
  return found
}
