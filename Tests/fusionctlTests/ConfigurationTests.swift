import Foundation
import TestSupport
import Testing

/// Every configuration that is delivered runs: one real batch of small patches each.
@Suite(.trainedRun, .serialized) struct ConfigurationTests {
  private static let parameters = [
    "s1": "42,517,514", "s2": "42,542,602", "early": "42,548,874", "middle": "43,984,394",
    "late": "85,060,116",
  ]

  private static let files = ["configs", "configs/demo"].flatMap { folder in
    parameters.keys.sorted().map { "\(folder)/\($0).yaml" }
  }

  @Test func theListIsComplete() throws {
    let configs = TrainedRun.repository.appending(path: "configs")
    let paths = FileManager.default.enumerator(atPath: configs.path)?.compactMap { $0 as? String } ?? []
    #expect(Set(paths.filter { $0.hasSuffix(".yaml") }.map { "configs/\($0)" }) == Set(Self.files))
  }

  @Test(arguments: files) func runsABatch(file: String) throws {
    let output = try TrainedRun.succeed(
      ["train", "--config", TrainedRun.repository.appending(path: file).path, "--dry-run"]
        + TrainedRun.current.data)
    let name = URL(filePath: file).deletingPathExtension().lastPathComponent
    #expect(output.contains(Self.parameters[name]!), "\(output)")
    #expect(output.contains("tried: a step of "))
  }
}
