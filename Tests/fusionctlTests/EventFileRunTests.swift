import Foundation
import TestSupport
import Testing

/// Event files of runs that are killed and resumed, read as TensorBoard reads them.
@Suite(.besideOthers, .sampleData) struct EventFileRunTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private var out: URL { scratch.file("run") }
  private var folder: URL { out.appending(path: "tensorboard") }

  private static let python = ProcessInfo.processInfo.environment["FUSIONCTL_PYTHON"] ?? "python3"
  private static let hasTensorBoard =
    (try? ShellRun.run("\"$python\" -c 'import tensorboard'", environment: ["python": python]))?.status == 0

  /// Kills a run when it has written some points of the curve, and perhaps a half record.
  private func killedRun(atStep step: Int, _ more: [String] = []) throws {
    let process = try BuiltProgram.start(
      sample.training(out, set: Self.settings, ["--quiet", "--epochs", "1000000"] + more),
      output: scratch.file("out"), errors: scratch.file("err"))
    defer { kill(process.processIdentifier, SIGKILL) }
    try waitUntil {
      let log = try? EventLog(folder)
      return (log?.points("loss/train").last?.step ?? 0) >= step || !process.isRunning
    }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let errors = try String(contentsOf: scratch.file("err"), encoding: .utf8)
    try #require(process.terminationReason == .uncaughtSignal, "\(errors)")
  }

  /// Four steps an epoch, and a checkpoint after every second epoch only.
  private static let settings = ["training.momentum=0", "training.checkpoint_every_epochs=2"]

  /// A killed run and its continuation are one run: every step stands there once, whatever the killed part wrote of steps
  /// behind its checkpoint.
  private func interruptedRun() throws -> (before: EventLog, after: EventLog) {
    try killedRun(atStep: 10)
    let name = try #require(try EventLog(folder).names.last)
    let file = try FileHandle(forUpdating: folder.appending(path: name))
    try file.seekToEnd()
    try file.write(contentsOf: Data([7, 0, 0, 0, 0]))
    try file.close()
    let before = try EventLog(folder)
    let epoch = (before.points("loss/train").last?.step ?? 0) / 4 + 2
    try sample.train(out, set: Self.settings, ["--resume", "--epochs", "\(epoch)"])
    return (before, try EventLog(folder))
  }

  @Test func aKilledRunThatGoesOnShowsEachStepOnce() throws {
    let (before, after) = try interruptedRun()
    #expect(before.tornBytes >= 5 && before.repeatedSteps == [])
    #expect(after.names.count == 2 && after.starts.count == 2 && after.repeatedSteps == [])
    #expect(after.starts[1] % 4 == 1 && after.starts[1] > 1, "the newest checkpoint ends an epoch")
    let steps = after.points("loss/train").map(\.step)
    #expect(steps == Array(1...steps.count) && steps.count % 4 == 0)
    #expect(after.points("loss/validation").map(\.step) == steps.filter { $0 % 4 == 0 })
    // What the killed run had written before the checkpoint is still there.
    let kept = before.points("loss/train").filter { $0.step < after.starts[1] }
    #expect(kept.map(\.value) == after.points("loss/train").prefix(kept.count).map(\.value))
    #expect(Set(after.tags).isSuperset(of: before.tags))
  }

  /// A run that stops in the middle of an epoch goes on with its next step.
  @Test func aRunStoppedWithinAnEpochGoesOnWithTheNextStep() throws {
    let process = try BuiltProgram.start(
      sample.training(out, set: Self.settings, ["--quiet", "--epochs", "1000000"]),
      output: scratch.file("out"), errors: scratch.file("err"))
    defer { kill(process.processIdentifier, SIGKILL) }
    try waitUntil {
      (try? EventLog(folder).points("loss/train").last?.step ?? 0) ?? 0 >= 2 || !process.isRunning
    }
    process.terminate()
    process.waitUntilExit()
    let before = try EventLog(folder)
    let last = try #require(before.points("loss/train").last?.step)
    try sample.train(out, set: Self.settings, ["--resume", "--epochs", "\(last / 4 + 2)"])
    let after = try EventLog(folder)
    #expect(after.starts == [0, last + 1] && after.repeatedSteps == [])
    let steps = after.points("loss/train").map(\.step)
    #expect(steps == Array(1...steps.count))
    #expect(before.points("loss/train").map(\.value) == after.points("loss/train").prefix(last).map(\.value))
  }

  @Test(
    .enabled(
      if: hasTensorBoard, "no tensorboard in python3; FUSIONCTL_PYTHON names another")
  ) func tensorBoardReadsThem() throws {
    let (before, after) = try interruptedRun()
    let script = TrainedRun.repository.appending(path: "scripts/study/event_files.py").path
    let result = try ShellRun.run(
      "\"$python\" \"$script\" read \"$folder\"",
      environment: ["python": Self.python, "script": script, "folder": folder.path])
    try #require(result.status == 0, "\(result.errors)")
    let tags = result.output.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    let steps = Dictionary(uniqueKeysWithValues: tags.map { ($0[0], $0[1]) })
    #expect(Set(steps.keys) == Set(after.tags) && Set(steps.keys).isSuperset(of: before.tags))
    #expect(steps["loss/train"] == after.points("loss/train").map { "\($0.step)" }.joined(separator: " "))
  }
}
