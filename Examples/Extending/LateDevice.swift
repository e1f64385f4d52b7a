import Basics
import CPUEngine
import Experiments
import Networks

/// A device in one file: it takes raw samples and returns results one step late, as an accelerator would. It computes
/// with the engine of the CPU, so every number must equal the CPU's.
package final class LateDevice: Device {
  package let name = "late"
  package let batchForm = BatchForm.samples
  private let cpu: CPUDevice

  package init(threads: Int) { cpu = CPUDevice(threads: threads) }

  /// Makes a late device with the threads of an experiment.
  @Sendable package static func make(_ experiment: Experiment) throws -> any Device {
    LateDevice(threads: try experiment.threadCount)
  }

  package let model: String? = nil
  package var notes: [String] { cpu.notes }
  package var threads: Int { cpu.threads }
  package var agreement: [(name: String, value: String)] { cpu.agreement }
  package var threadCounts: ThreadCounts { cpu.threadCounts }
  package func require(_ precision: Precision) throws { try cpu.require(precision) }
  package func plan(_ request: NetworkRequest) throws -> ExecutionPlan { cpu.plan(request) }
  package func memory() throws -> AcceleratorMemory? { nil }
  package func facts(_ precision: Precision) -> DeviceFacts { cpu.facts(precision) }
  package func peakFLOPS(_ precision: Precision) throws -> Double? { try cpu.peakFLOPS(precision) }

  package func executor(_ request: NetworkRequest, ranks: any Communicator) throws -> any Executor {
    LateExecutor(try cpu.executor(request, ranks: ranks))
  }
}

private final class LateExecutor: Executor {
  private let inner: any Executor
  private let numbers: LateState
  /// The result that has not been returned yet.
  private var pending: Kept?
  /// The result that was returned last; its memory must stay valid.
  private var last: Kept?

  /// A copy of a result.
  private final class Kept {
    let number: Int
    let losses: AlignedBuffer<Double>
    let outputs: [String: AlignedBuffer<Float>]

    init(_ result: StepResult) throws {
      number = result.number
      losses = try AlignedBuffer(count: result.losses.count)
      _ = losses.elements.update(fromContentsOf: result.losses)
      outputs = try result.outputs.mapValues { output in
        let copy = try AlignedBuffer<Float>(count: output.count)
        _ = copy.elements.update(fromContentsOf: output)
        return copy
      }
    }

    var result: StepResult {
      StepResult(
        number: number, losses: UnsafeBufferPointer(losses.elements),
        outputs: outputs.mapValues { UnsafeBufferPointer($0.elements) })
    }
  }

  init(_ inner: any Executor) {
    self.inner = inner
    numbers = LateState(inner.state)
  }

  var plan: ExecutionPlan { inner.plan }
  var state: any NetworkState { numbers }
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
  func update(_ step: StepNumbers) throws { try inner.update(step) }
  func work(of pass: NetworkPass, batch: Int) -> [InstructionWork] { inner.work(of: pass, batch: batch) }

  func shareStatistics() throws {
    precondition(pending == nil, "statistics are shared before the last step is finished")
    try inner.shareStatistics()
  }

  func train(_ batch: NetworkBatch, _ step: StepNumbers) throws -> StepResult? {
    let result = try withFloats(batch) { try inner.train($0, step) }
    last = pending
    pending = try Kept(result!)
    numbers.isSettled = false
    return last?.result
  }

  func finish() -> StepResult? {
    (last, pending) = (pending, nil)
    numbers.isSettled = true
    return last?.result
  }

  func predict(_ batch: NetworkBatch) throws -> [String: UnsafeBufferPointer<Float>] {
    precondition(pending == nil, "an evaluation begins before the last step is finished")
    return try withFloats(batch) { try inner.predict($0) }
  }

  private func withFloats<Result>(_ batch: NetworkBatch, _ body: (NetworkBatch) throws -> Result) throws
    -> Result
  {
    let buffers = try batch.inputs.map { name, images in
      guard case .samples(let samples) = images else { preconditionFailure("\(name) has no raw samples") }
      let count = batch.count * samples.height * samples.width * samples.bands.count
      let buffer = try AlignedBuffer<Float>(count: count)
      samples.normalise(into: buffer.pointer)
      return (name, buffer)
    }
    let floats = NetworkBatch(
      count: batch.count, inputs: buffers.map { ($0, .floats(UnsafePointer($1.pointer))) },
      targets: batch.targets)
    return try withExtendedLifetime(buffers) { try body(floats) }
  }
}

/// Parameters, statistics and optimizer state, which nobody may use before the last step is finished.
private final class LateState: NetworkState {
  private let inner: any NetworkState
  var isSettled = true

  init(_ inner: any NetworkState) { self.inner = inner }

  private var settled: any NetworkState {
    precondition(isSettled, "the numbers are asked for before the last step is finished")
    return inner
  }

  var parameters: [Parameter] { inner.parameters }
  var statistics: [Statistic] { inner.statistics }
  var slotNames: [String] { inner.slotNames }
  var checksum: UInt64 { get throws { try settled.checksum } }
  var isFinite: Bool { get throws { try settled.isFinite } }
  var steps: Int {
    get { settled.steps }
    set { settled.steps = newValue }
  }

  func read(_ array: StateArray, into out: UnsafeMutableBufferPointer<Float>) throws {
    try settled.read(array, into: out)
  }
  func write(_ array: StateArray, from elements: UnsafeBufferPointer<Float>) throws {
    try settled.write(array, from: elements)
  }
  func snapshot() throws -> any NetworkNumbers { try settled.snapshot() }
}
