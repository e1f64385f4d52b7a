import Basics
import Foundation
import Metrics

// How often intervals hold the true value, and how often the paired test finds a difference where there is none.
//
//   IntervalStudy CLUSTERS [REPETITIONS [RESAMPLES [EVENNESS]]]

let arguments = CommandLine.arguments.dropFirst().compactMap(Double.init)
guard let clusters = arguments.first.map({ Int($0) }), clusters > 0 else {
  print("usage: IntervalStudy CLUSTERS [REPETITIONS [RESAMPLES [EVENNESS]]]")
  exit(64)
}
let repetitions = arguments.count > 1 ? Int(arguments[1]) : 1000
let resamples = arguments.count > 2 ? Int(arguments[2]) : 999
let world = World(evenness: arguments.count > 3 ? arguments[3] : 3)

// Every second size and so on for fewer scenes, the sizes again for more.
let all = World.sceneSizes
let sizes = (0..<clusters).map { clusters < all.count ? all[$0 * all.count / clusters] : all[$0 % all.count] }
let keys: [MetricKey] = [.microF1, .macroF1, .sampleF1, .labelAccuracy, .subsetAccuracy, .macroRecall]
let figures = keys.map(IntervalFigure.metric) + (0..<World.classes).map { .ofClass(.f1, $0) }

// The true figures: those of very many scenes of these sizes.
let worldWide = try ClusterCounts(
  world.pair((0..<6000).map { sizes[$0 % sizes.count] / 8 + 1 }, repetition: 1 << 40)[0])
var tally = figures.map { _ in (intervals: 0, held: 0, tests: 0, found: 0, width: 0.0) }
for repetition in 0..<repetitions {
  let counts = try world.pair(sizes, repetition: UInt64(repetition)).map { try ClusterCounts($0) }
  var options = ClusterBootstrap.Options(resamples: resamples, seed: UInt64(repetition), threads: 1)
  // What intervals of fewer clusters would be worth is shown too.
  options.fewestClusters = min(options.fewestClusters, clusters)
  let bootstrap = try ClusterBootstrap(
    subjects: counts.map { [$0] }, pairs: [(1, 0)], figures: figures, options: options)
  for (place, figure) in figures.enumerated() {
    if let interval = bootstrap.estimate(figure).interval, let value = figure.value(in: worldWide.metrics) {
      tally[place].intervals += 1
      tally[place].width += interval.halfWidth
      if interval.contains(value) { tally[place].held += 1 }
    }
    if let pValue = bootstrap.difference(figure, of: 1, from: 0).pValue {
      tally[place].tests += 1
      if pValue <= 0.05 { tally[place].found += 1 }
    }
  }
}
print(
  "\(clusters) clusters, \(sizes.reduce(0, +)) patches, \(repetitions) repetitions, \(resamples) resamples")
print("| figure | true value | intervals | half width | coverage | tests | size at 5 % |")
print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
for (place, figure) in figures.enumerated() {
  let row = tally[place]
  let name =
    switch figure {
    case .metric(let key): key.rawValue
    case .ofClass(let kind, let k): "\(kind.rawValue) of class \(k)"
    }
  func share(_ part: Int, _ whole: Int) -> String {
    whole == 0 ? "–" : String(format: "%.3f", Double(part) / Double(whole))
  }
  let value = figure.value(in: worldWide.metrics).map { String(format: "%.4f", $0) } ?? "–"
  let width = row.intervals == 0 ? "–" : String(format: "%.4f", row.width / Double(row.intervals))
  print(
    "| `\(name)` | \(value) | \(row.intervals) | \(width) | \(share(row.held, row.intervals)) | \(row.tests) | "
      + "\(share(row.found, row.tests)) |")
}
