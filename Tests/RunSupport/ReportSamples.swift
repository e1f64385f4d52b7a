@testable import Experiments
@testable import Metrics
@testable import Training

/// Metrics of four patches and three classes. No patch has the last class.
package func sampleMetrics() throws -> ClassificationMetrics {
  var accumulator = MetricsAccumulator(task: .multi, classNames: ["Forest", "Urban/Built-up", "Snow, ice"])
  try accumulator.add(
    probabilities: [0.9, 0.2, 0.1, 0.8, 0.7, 0.2, 0.3, 0.6, 0.6, 0.1, 0.4, 0.0],
    truth: [1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0])
  return accumulator.metrics
}

package func sampleSummary(name: String = "middle", test: ClassificationMetrics? = nil) throws -> RunSummary {
  var experiment = Experiment()
  experiment.name = name
  experiment.model = .init(architecture: .resnet101, fusion: .middle, sensors: ["s2", "s1"])
  experiment.training.seed = 7
  var summary = RunSummary(experiment, parameters: 43_984_394, threads: 2)
  summary.classes = ["Forest", "Urban/Built-up", "Snow, ice"]
  (summary.epochs, summary.completedEpochs) = (100, 40)
  summary.best = .init(
    epoch: 37, trainLoss: 0.1234567, validationLoss: 0.2, validation: try sampleMetrics())
  (summary.seconds, summary.imagesPerSecond) = (3723, 12.34)
  (summary.finished, summary.version) = (true, "1.0")
  summary.tests = test.map { [sampleTest($0)] } ?? []
  return summary
}

/// A test of a checkpoint; by default of the best checkpoint of `sampleSummary`.
package func sampleTest(
  _ metrics: ClassificationMetrics, epoch: Int = 37, weights: String = "a1", list: String = "b2",
  labels: String = "c3"
) -> TestRecord {
  var test = TestRecord(
    [.init(path: "/runs/middle/checkpoints/best.h5", epoch: epoch, weights: weights)],
    patches: .init(count: metrics.samples, list: list, labels: labels, pixels: "d4"), metrics: metrics)
  (test.data, test.labels, test.date) = ("/data", "/labels", "2026-03-01T12:00:00.000Z")
  (test.precision, test.version, test.loss) = ("fp32", "1.0", 0.25)
  return test
}

package func sampleRecord(_ epoch: Int, loss: Double = 0.1) throws -> EpochRecord {
  EpochRecord(
    epoch: epoch, trainLoss: loss, validationLoss: 1 / 3, learningRate: 1e-3,
    pace: .init(seconds: 12.5, imagesPerSecond: 8, dataWaitShare: 0.02),
    validation: try sampleMetrics().byKey)
}
