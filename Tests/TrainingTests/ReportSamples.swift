@testable import Training

/// Metrics of four patches and three classes, the last of which no patch has.
func sampleMetrics() throws -> ClassificationMetrics {
  var accumulator = MetricsAccumulator(task: .multi, classNames: ["Forest", "Urban/Built-up", "Snow, ice"])
  try accumulator.add(
    probabilities: [0.9, 0.2, 0.1, 0.8, 0.7, 0.2, 0.3, 0.6, 0.6, 0.1, 0.4, 0.0],
    truth: [1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0])
  return accumulator.metrics
}

func sampleSummary(name: String = "middle", test: ClassificationMetrics? = nil) throws -> RunSummary {
  RunSummary(
    name: name, fusion: "middle", sensors: ["s2", "s1"], architecture: "resnet101", task: .multi,
    classes: ["Forest", "Urban/Built-up", "Snow, ice"], parameters: 43_984_394, epochs: 100,
    completedEpochs: 40,
    best: .init(epoch: 37, trainLoss: 0.1234567, validationLoss: 0.2, validation: try sampleMetrics()),
    test: test, seconds: 3723, imagesPerSecond: 12.34, threads: 2, seed: 7, finished: true, version: "1.0")
}

func sampleRow(_ epoch: Int, loss: Double = 0.1) throws -> MetricsTable.Row {
  .init(
    epoch: epoch, trainLoss: loss, validationLoss: 1 / 3, seconds: 12.5, imagesPerSecond: 8,
    dataWaitShare: 0.02,
    learningRate: 1e-3, validation: try sampleMetrics())
}
