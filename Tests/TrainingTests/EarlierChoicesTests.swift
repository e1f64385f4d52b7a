import Basics
import CPUEngine
import Experiments
import Foundation
import Networks
import RunSupport
import Synchronization
import TestSupport
import Testing

@testable import Training

/// What a device chooses is kept with the run, and given back to it when the run goes on.
@Suite struct EarlierChoicesTests {
  @Test func choicesAreKeptAndGivenBack() throws {
    let sink = RecordingSink(isTerminal: false)
    var run = try SmallRun(progress: sink.reporter())
    run.experiment.training.batchSize = 12
    let path = "\(run.folder("run"))/gpu-plan.json"
    func file() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
    /// Trains one more epoch on a new device: the choices that it was given, and the lines that tell of it.
    func train(_ version: String) throws -> (given: String?, lines: [String]) {
      let device = ChoosingDevice(version)
      run.makeDevice = { _ in device }
      let before = sink.written.count
      #expect(try run.train(in: "run") == .finished)
      run.experiment.training.epochs += 1
      let lines = sink.written.dropFirst(before).map { String($0.dropLast()) }
      #expect(lines.count { $0.hasSuffix("note: computed with \(version)") } == 1, "\(lines)")
      return (device.given, lines.filter { $0.contains("last bits") })
    }
    let new = try train("1")
    #expect(new.given == nil && new.lines.isEmpty)
    #expect(try file() == "version 1")
    let same = try train("1")
    #expect(same.given == "version 1" && same.lines.isEmpty)
    let other = try train("2")
    #expect(other.given == "version 1" && other.lines.count == 1)
    #expect(
      other.lines.first?.hasSuffix(
        "note: the results may differ in their last bits from those of an uninterrupted run: it was version 1"
      )
        == true, "\(other.lines)")
    #expect(try file() == "version 2")
    try FileManager.default.removeItem(atPath: path)
    let missing = try train("2")
    #expect(missing.given == nil && missing.lines.count == 1)
    #expect(missing.lines.first?.hasSuffix("the run folder has no gpu-plan.json") == true, "\(missing.lines)")
    #expect(try file() == "version 2")
    let log = try String(contentsOfFile: "\(run.folder("run"))/train.log", encoding: .utf8)
    #expect(log.split(separator: "\n").count { $0.contains("last bits") } == 2)
    #expect(log.split(separator: "\n").count { $0.contains("computed with") } == 4)
    // A run that is replaced leaves nothing to its successor.
    let device = ChoosingDevice("3")
    run.makeDevice = { _ in device }
    run.experiment.training.epochs = 1
    #expect(try run.session.train(in: RunFolder(run.folder("run"), .overwrite)) == .finished)
    #expect(try device.given == nil && file() == "version 3")
  }
}

/// A CPU that chooses a version of itself, and notes it after its first step.
private final class ChoosingDevice: WrappingDevice {
  let inner: any Device = CPUDevice(threads: 2)
  private let version: String
  private let last = Mutex<String?>(nil)

  init(_ version: String) { self.version = version }

  /// The choices in the request of the executor.
  var given: String? { last.withLock(\.self) }

  var name: String { "choosing" }

  func plan(_ request: NetworkRequest) throws -> ExecutionPlan {
    let own = "version \(version)"
    let change = request.choices == own ? nil : request.choices.map { "it was \($0)" }
    var plan = ExecutionPlan(parts: try inner.plan(request).parts)
    plan.choices = DeviceChoices(text: own, change: change)
    return plan
  }

  func executor(_ request: NetworkRequest, ranks: any Communicator) throws -> any Executor {
    last.withLock { $0 = request.choices }
    return ChoosingExecutor(
      try inner.executor(request, ranks: ranks), try plan(request), note: "computed with \(version)")
  }
}

private final class ChoosingExecutor: WrappingExecutor {
  let inner: any Executor
  let plan: ExecutionPlan
  private let note: String
  private(set) var notes: [String] = []

  init(_ inner: any Executor, _ plan: ExecutionPlan, note: String) {
    (self.inner, self.plan, self.note) = (inner, plan, note)
  }

  func train(_ batch: NetworkBatch, _ step: StepNumbers) throws -> StepResult? {
    notes = [note]
    return try inner.train(batch, step)
  }
}
