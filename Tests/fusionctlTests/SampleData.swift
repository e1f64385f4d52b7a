import Foundation
import TestSupport
import Testing

/// A small synthetic data set, shared by the tests of a suite: 16 training and 4 validation patches (by scene)
/// and 4 test patches of 32 × 32 pixels.
final class SampleData: Sendable {
  @TaskLocal static var current: SampleData!

  let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    try TrainedRun.succeed(
      "synth", "--out", folder.file("data").path, "--size", "32", "--scenes", "6", "--patches-per-scene", "4",
      "--quiet")
    try """
    name: sample
    threads: 1
    model: {architecture: resnet18, sensors: [s2]}
    data: {workers: 1}
    training: {epochs: 1, batch_size: 4, optimizer: sgd, learning_rate: 0.01, seed: 1}
    """.write(to: folder.file("sample.yaml"), atomically: true, encoding: .utf8)
  }

  var data: URL { folder.file("data") }
  var labels: URL { folder.file("data/labels_splits") }
  var configuration: String { folder.file("sample.yaml").path }
  var places: [String] { ["--data", data.path, "--labels", labels.path] }

  /// The command line of a training.
  func training(_ out: URL, set settings: [String] = [], _ more: [String] = []) -> [String] {
    ["train", "--config", configuration, "--out", out.path] + places + settings.flatMap { ["--set", $0] }
      + more
  }

  /// Trains to the end, which must succeed.
  @discardableResult func train(
    _ out: URL, set settings: [String] = [], _ more: [String] = []
  ) throws -> RunFiles {
    try TrainedRun.succeed(training(out, set: settings, more + ["--quiet"]))
    return RunFiles(out)
  }

  /// The ids of all patches, as lists name them.
  func patches() throws -> [String] {
    guard let files = FileManager.default.enumerator(atPath: data.path) else { return [] }
    return files.compactMap { ($0 as? String).map { URL(filePath: $0).lastPathComponent } }
      .filter { $0.contains("_s2_") && $0.hasSuffix(".tif") }.sorted()
  }

  /// The file of a patch, in a copy of the data if one is given.
  func file(of patch: String, in copy: URL? = nil) -> URL? {
    let folder = copy ?? data
    let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return files.first { $0.hasSuffix(patch) }.map { folder.appending(path: $0) }
  }

  /// The ids of a pickled list (train, val or test), sorted.
  func listed(_ list: String) throws -> [String] {
    let bytes = try Data(contentsOf: labels.appending(path: "\(list)_list.pkl"))
    return String(decoding: bytes, as: UTF8.self).matches(of: /ROIs\w+?\.tif/).map { String($0.output) }
      .sorted()
  }

  /// A label folder with other lists; without `fractions`, labels come from land cover.
  func labelFolder(
    in scratch: ScratchFolder, _ lists: [String: [String]], fractions: Bool = true
  ) throws -> URL {
    let url = scratch.file("labels")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for (list, patches) in lists {
      try patches.map { $0 + "\n" }.joined().write(
        to: url.appending(path: "\(list)_list.txt"), atomically: true, encoding: .utf8)
    }
    if fractions {
      let file = "IGBP_probability_labels.pkl"
      try FileManager.default.copyItem(at: labels.appending(path: file), to: url.appending(path: file))
    }
    return url
  }
}

/// Gives a suite its data.
struct SampleDataTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await SampleData.$current.withValue(SampleData()) { try await function() }
  }
}

extension Trait where Self == SampleDataTrait {
  /// Before the tests a data set is made: `SampleData.current`.
  static var sampleData: Self { Self() }
}
