import Foundation
import TestSupport
import Testing

/// Every configuration that is delivered runs on the published files: one real batch of small patches each.
@Suite(.sampleData, .serialized) struct ConfigurationTests {
  private let scratch: ScratchFolder
  private let labels: PublishedLabels

  init() throws {
    scratch = try ScratchFolder()
    labels = try PublishedLabels(SampleData.current, in: scratch)
  }

  private static let parameters = [
    "s1": "42,517,514", "s2": "42,542,602", "early": "42,548,874", "middle": "43,984,394",
    "late": "85,060,116",
  ]

  private static func files(_ folder: String) -> [String] {
    parameters.keys.sorted().map { "\(folder)/\($0).yaml" }
  }

  @Test func theListIsComplete() throws {
    let configs = TrainedRun.repository.appending(path: "configs")
    let paths = FileManager.default.enumerator(atPath: configs.path)?.compactMap { $0 as? String } ?? []
    #expect(
      Set(paths.filter { $0.hasSuffix(".yaml") }.map { "configs/\($0)" })
        == Set(
          ["configs", "configs/demo", "configs/paper"].flatMap(Self.files)
            + ["configs/quick.yaml", "configs/own.yaml", "configs/eurosat.yaml"]))
  }

  /// What a dry run prints, in one line: its lines break at words.
  private func dryRun(
    _ file: String, _ labels: URL, data: URL = SampleData.current.data, _ more: String...
  ) throws -> String {
    let output = try TrainedRun.succeed(
      [
        "train", "--config", TrainedRun.repository.appending(path: file).path, "--data",
        data.path, "--labels", labels.path, "--dry-run",
      ] + more)
    return output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test(arguments: files("configs/demo")) func runsABatch(file: String) throws {
    let output = try dryRun(file, labels.sen12ms)
    let name = URL(filePath: file).deletingPathExtension().lastPathComponent
    #expect(output.contains(Self.parameters[name]!), "\(output)")
    #expect(output.contains("tried: a step of "))
  }

  /// The networks of these and the next are those of the files above, here with fewer layers.
  @Test(arguments: files("configs")) func runsABatchOfOtherScenes(file: String) throws {
    let output = try dryRun(file, labels.sen12ms, "--set", "model.architecture=resnet18")
    #expect(output.contains(" 4 validation patches of ") && !output.contains("share"), "\(output)")
    #expect(output.contains("tried: a step of "))
  }

  @Test(arguments: files("configs/paper")) func runsABatchOfThePapersSplit(file: String) throws {
    let output = try dryRun(file, labels.paper, "--set", "model.architecture=resnet18")
    #expect(
      output.contains(
        "there is no val_list: validation takes the 7 patches of splits/cloned_from_repo_train_list.pkl (20) that "
          + "splits/train_list.pkl (13) does not name"), "\(output)")
    #expect(output.contains("tried: a step of "))
  }

  @Test func theFirstHour() throws {
    let patch = try #require(SampleData.current.patches().first)
    let tree = try SampleData.current.tree(without: [patch], in: scratch)
    let output = try dryRun("configs/quick.yaml", labels.sen12ms, data: tree, "--limit", "12")
    #expect(output.contains("left out 1 of 20 patches whose files are absent"), "\(output)")
    #expect(
      output.contains("data.limit is 12: uses 12 of 16 training patches and 2 of 3 validation patches"),
      "\(output)")
  }

  /// SEN12MS's lists do not tell the paper's split.
  @Test func thePapersSplitNeedsThePapersList() throws {
    let file = TrainedRun.repository.appending(path: "configs/paper/s2.yaml").path
    let refused = try refusal(
      [
        "train", "--config", file, "--data", SampleData.current.data.path, "--labels", labels.sen12ms.path,
        "--dry-run",
      ])
    #expect(refused.status == 2 && refused.lines.count == 1)
    #expect(refused.lines.first?.contains("hold out whole scenes (--set data.validation=by_scene)") == true)
  }
}
