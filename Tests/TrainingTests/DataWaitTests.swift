import RunSupport
import Testing

@testable import Basics
@testable import Experiments
@testable import Networks
@testable import Training

/// The share of a training's time in which it waits for data.
@Suite struct DataWaitTests {
  /// A run waits for its first batch at least. That counts where the device computes nothing meanwhile, and not where it
  /// is busy with the step before. An epoch has three steps, with 12 patches.
  @Test(arguments: [nil, 0, 1e-9]) func onlyIdleTimeCounts(idleSeconds: Double?) throws {
    var run = try SmallRun()
    run.makeDevice = { try BusyDevice(Devices().device(for: $0), idleSeconds: idleSeconds) }
    #expect(try run.train(in: "run") == .finished)
    let summary = try run.summary("run")
    let waited = try #require(summary.dataWaitShare) * 12 / summary.imagesPerSecond
    switch idleSeconds {
    case nil: #expect(waited > 1e-7)
    case let idle?: #expect(abs(waited - 3 * idle) < 1e-10)
    }
  }
}

/// A device that tells how long it had nothing to do before each step.
private final class BusyDevice: Device {
  private let inner: any Device
  private let idleSeconds: Double?

  init(_ inner: any Device, idleSeconds: Double?) { (self.inner, self.idleSeconds) = (inner, idleSeconds) }

  var name: String { inner.name }
  var model: String? { inner.model }
  var notes: [String] { inner.notes }
  var threads: Int { inner.threads }
  var batchForm: BatchForm { inner.batchForm }
  var agreement: [(name: String, value: String)] { inner.agreement }
  var threadCounts: ThreadCounts { inner.threadCounts }
  func require(_ precision: Precision) throws { try inner.require(precision) }
  func plan(_ request: NetworkRequest) throws -> ExecutionPlan { try inner.plan(request) }
  func memory() throws -> AcceleratorMemory? { try inner.memory() }
  func facts(_ precision: Precision) -> DeviceFacts { inner.facts(precision) }
  func peakFLOPS(_ precision: Precision) throws -> Double? { try inner.peakFLOPS(precision) }

  func executor(_ request: NetworkRequest, ranks: any Communicator) throws -> any Executor {
    BusyExecutor(try inner.executor(request, ranks: ranks), idleSeconds)
  }
}

private final class BusyExecutor: Executor {
  private let inner: any Executor
  private let idleSeconds: Double?

  init(_ inner: any Executor, _ idleSeconds: Double?) {
    (self.inner, self.idleSeconds) = (inner, idleSeconds)
  }

  func train(_ batch: NetworkBatch, _ step: StepNumbers) throws -> StepResult? {
    try inner.train(batch, step).map {
      StepResult(number: $0.number, losses: $0.losses, outputs: $0.outputs, idleSeconds: idleSeconds)
    }
  }

  var plan: ExecutionPlan { inner.plan }
  var state: any NetworkState { inner.state }
  var exchangeSeconds: Double { inner.exchangeSeconds }
  var overlapsExchange: Bool { inner.overlapsExchange }
  var notes: [String] { inner.notes }
  var observerCostsTime: Bool { inner.observerCostsTime }
  var observer: ((Int, Double) -> Void)? {
    get { inner.observer }
    set { inner.observer = newValue }
  }
  func prepare(_ request: NetworkRequest) throws { try inner.prepare(request) }
  func share() throws { try inner.share() }
  func shareStatistics() throws { try inner.shareStatistics() }
  func finish() throws -> StepResult? { try inner.finish() }
  func predict(_ batch: NetworkBatch) throws -> [String: UnsafeBufferPointer<Float>] {
    try inner.predict(batch)
  }
  func update(_ step: StepNumbers) throws { try inner.update(step) }
  func work(of pass: NetworkPass, batch: Int) -> [InstructionWork] { inner.work(of: pass, batch: batch) }
}
