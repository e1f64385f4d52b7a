import Foundation
import TestSupport
import Testing

/// A small data set and a run of one epoch on it, shared by the tests of a suite.
final class TrainedRun: Sendable {
  @TaskLocal static var current: TrainedRun!

  let folder: ScratchFolder

  var data: [String] {
    ["--data", folder.file("data").path, "--labels", folder.file("data/labels_splits").path]
  }
  var configuration: String { folder.file("run/config.yaml").path }
  var checkpoint: String { folder.file("run/checkpoints/best.h5").path }

  /// The least that trains.
  static let experiment = [
    "--config", repository.appending(path: "configs/demo/early.yaml").path, "--set",
    "model.architecture=resnet18", "--epochs", "1", "--batch-size", "4",
  ]

  /// The top of the repository.
  static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  init() throws {
    folder = try ScratchFolder()
    try Self.succeed(
      "synth", "--out", folder.file("data").path, "--size", "32", "--scenes", "5", "--patches-per-scene", "4")
    try Self.succeed(["train"] + Self.experiment + data + ["--out", folder.file("run").path])
  }

  /// Runs the program, which must succeed; returns its output.
  @discardableResult static func succeed(_ arguments: [String]) throws -> String {
    let result = try BuiltProgram.run(arguments)
    try #require(result.status == 0, "\(arguments): \(result.errors)")
    return result.output
  }

  @discardableResult static func succeed(_ arguments: String...) throws -> String { try succeed(arguments) }

  static func fixture(_ path: String) -> String { Fixtures.url(path).path }
}

/// Gives a suite its trained run.
struct TrainedRunTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await TrainedRun.$current.withValue(TrainedRun()) { try await function() }
  }
}

extension Trait where Self == TrainedRunTrait {
  /// Before the tests a small network is trained: `TrainedRun.current`.
  static var trainedRun: Self { Self() }
}

/// The refusals of the program: exit status and the error line.
func refusal(_ arguments: [String]) throws -> (status: Int32, lines: [String], output: String) {
  let result = try BuiltProgram.run(arguments)
  return (result.status, result.errors.split(separator: "\n").map(String.init), result.output)
}
