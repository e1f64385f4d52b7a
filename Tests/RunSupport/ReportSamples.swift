@testable import Metrics
@testable import Training

/// Metrics of four patches and three classes, the last of which no patch has.
package func sampleMetrics() throws -> ClassificationMetrics {
  var accumulator = MetricsAccumulator(task: .multi, classNames: ["Forest", "Urban/Built-up", "Snow, ice"])
  try accumulator.add(
    probabilities: [0.9, 0.2, 0.1, 0.8, 0.7, 0.2, 0.3, 0.6, 0.6, 0.1, 0.4, 0.0],
    truth: [1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0])
  return accumulator.metrics
}

package func sampleSummary(name: String = "middle", test: ClassificationMetrics? = nil) throws -> RunSummary {
  var summary = RunSummary(
    name: name, fusion: "middle", sensors: ["s2", "s1"], architecture: "resnet101", task: .multi,
    classes: ["Forest", "Urban/Built-up", "Snow, ice"], parameters: 43_984_394, epochs: 100,
    completedEpochs: 40,
    best: .init(epoch: 37, trainLoss: 0.1234567, validationLoss: 0.2, validation: try sampleMetrics()),
    seconds: 3723, imagesPerSecond: 12.34, threads: 2, seed: 7, finished: true, version: "1.0")
  summary.tests = test.map { [sampleTest($0)] } ?? []
  return summary
}

/// A test of a checkpoint, by default of the best one of `sampleSummary`.
package func sampleTest(
  _ metrics: ClassificationMetrics, epoch: Int = 37, weights: String = "a1", list: String = "b2",
  labels: String = "c3"
) -> TestRecord {
  TestRecord(
    checkpoints: [.init(path: "/runs/middle/checkpoints/best.h5", epoch: epoch, weights: weights)],
    patches: .init(count: metrics.samples, list: list, labels: labels, pixels: "d4"), data: "/data",
    labels: "/labels", date: "2026-03-01T12:00:00.000Z", precision: "fp32", version: "1.0", loss: 0.25,
    metrics: metrics)
}

package func sampleRow(_ epoch: Int, loss: Double = 0.1) throws -> MetricsTable.Row {
  .init(
    epoch: epoch, trainLoss: loss, validationLoss: 1 / 3, seconds: 12.5, imagesPerSecond: 8,
    dataWaitShare: 0.02,
    learningRate: 1e-3, validation: try sampleMetrics())
}
