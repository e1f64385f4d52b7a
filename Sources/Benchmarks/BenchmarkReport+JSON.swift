import Presentation

/// A benchmark as JSON.
extension BenchmarkReport {
  /// Everything in one document.
  package var json: String {
    get throws {
      let document = Document(
        network: result.network, machine: result.machine,
        trainStepSeconds: result.step?.seconds, evalStepSeconds: result.evaluation?.seconds,
        imagesPerSecond: .init(train: result.step?.imagesPerSecond, eval: result.evaluation?.imagesPerSecond),
        trainStepFLOPs: result.step?.flops, evalStepFLOPs: result.evaluation?.flops,
        trainStepKinds: result.step?.kinds, evalStepKinds: result.evaluation?.kinds,
        exchange: result.exchange, trainSteady: result.step?.steady, evalSteady: result.evaluation?.steady,
        kernels: result.kernels.isEmpty ? nil : result.kernels,
        optimizer: result.optimizer, data: result.data,
        patchesPerSecond: result.data?.patchesPerSecond, peakResidentBytes: result.peakResidentBytes,
        plannedPeakBytes: result.plannedPeakBytes, plannedDeviceBytes: result.plannedDeviceBytes)
      return String(decoding: try ReportJSON.encode(document), as: UTF8.self)
    }
  }

  private struct Document: Encodable {
    let network: BenchmarkResult.NetworkFigures
    let machine: MachineFigures
    let trainStepSeconds, evalStepSeconds: Timing?
    let imagesPerSecond: Rates
    let trainStepFLOPs, evalStepFLOPs: Int?
    let trainStepKinds, evalStepKinds: [BenchmarkResult.KindFigures]?
    let exchange: BenchmarkResult.ExchangeFigures?
    let trainSteady, evalSteady: BenchmarkResult.SteadyFigures?
    let kernels: [BenchmarkResult.KernelFigures]?
    let optimizer: BenchmarkResult.OptimizerFigures?
    let data: BenchmarkResult.DataFigures?
    let patchesPerSecond: Double?
    let peakResidentBytes: Int
    let plannedPeakBytes, plannedDeviceBytes: Int?
  }

  private struct Rates: Encodable {
    let train, eval: Double?
  }
}
