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
private final class BusyDevice: WrappingDevice {
  let inner: any Device
  private let idleSeconds: Double?

  init(_ inner: any Device, idleSeconds: Double?) { (self.inner, self.idleSeconds) = (inner, idleSeconds) }

  func executor(_ request: NetworkRequest, ranks: any Communicator) throws -> any Executor {
    BusyExecutor(try inner.executor(request, ranks: ranks), idleSeconds)
  }
}

private final class BusyExecutor: WrappingExecutor {
  let inner: any Executor
  private let idleSeconds: Double?

  init(_ inner: any Executor, _ idleSeconds: Double?) {
    (self.inner, self.idleSeconds) = (inner, idleSeconds)
  }

  func train(_ batch: NetworkBatch, _ step: StepNumbers) throws -> StepResult? {
    try inner.train(batch, step).map {
      StepResult(number: $0.number, losses: $0.losses, outputs: $0.outputs, idleSeconds: idleSeconds)
    }
  }
}
