import Basics
import Networks

/// A device of a test that is another one but for what it says otherwise.
package protocol WrappingDevice: Device {
  var inner: any Device { get }
}

extension WrappingDevice {
  package var name: String { inner.name }
  package var model: String? { inner.model }
  package var notes: [String] { inner.notes }
  package var threads: Int { inner.threads }
  package var batchForm: BatchForm { inner.batchForm }
  package var agreement: [(name: String, value: String)] { inner.agreement }
  package var threadCounts: ThreadCounts { inner.threadCounts }
  package func require(_ precision: Precision) throws { try inner.require(precision) }
  package func plan(_ request: NetworkRequest) throws -> ExecutionPlan { try inner.plan(request) }
  package func memory() throws -> AcceleratorMemory? { try inner.memory() }
  package func facts(_ precision: Precision) -> DeviceFacts { inner.facts(precision) }
  package func peakFLOPS(_ precision: Precision) throws -> Double? { try inner.peakFLOPS(precision) }
}

/// An executor of a test that is another one but for what it says otherwise.
package protocol WrappingExecutor: Executor {
  var inner: any Executor { get }
}

extension WrappingExecutor {
  package var plan: ExecutionPlan { inner.plan }
  package var state: any NetworkState { inner.state }
  package var exchangeSeconds: Double { inner.exchangeSeconds }
  package var overlapsExchange: Bool { inner.overlapsExchange }
  package var notes: [String] { inner.notes }
  package var observerCostsTime: Bool { inner.observerCostsTime }
  package var observer: ((Int, Double) -> Void)? {
    get { inner.observer }
    set { inner.observer = newValue }
  }
  package func prepare(_ request: NetworkRequest) throws { try inner.prepare(request) }
  package func share() throws { try inner.share() }
  package func shareStatistics() throws { try inner.shareStatistics() }
  package func finish() throws -> StepResult? { try inner.finish() }
  package func predict(_ batch: NetworkBatch) throws -> [String: UnsafeBufferPointer<Float>] {
    try inner.predict(batch)
  }
  package func update(_ step: StepNumbers) throws { try inner.update(step) }
  package func work(of pass: NetworkPass, batch: Int) -> [InstructionWork] {
    inner.work(of: pass, batch: batch)
  }
}
