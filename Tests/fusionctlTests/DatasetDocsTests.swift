import Foundation
import TestSupport
import Testing

@testable import DataSets

/// The data sets that are built in, as users see them, and the manifest of the documentation.
@Suite struct DatasetDocsTests {
  private func document(_ arguments: String...) throws -> JSON {
    try JSON(data: Data(TrainedRun.succeed(arguments + ["--json"]).utf8))
  }

  private static func text(_ name: String) throws -> String {
    try String(contentsOf: Fixtures.url("DataSets/texts/\(name).txt"), encoding: .utf8)
  }

  @Test func theListFitsTheTerminal() throws {
    let text = try TrainedRun.succeed("dataset", "list")
    #expect(try text == Self.text("list"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let list = try document("dataset", "list")
    #expect(list.array.map(\.name.string) == Manifest.builtInNames)
    for entry in list.array {
      let manifest = try Manifest.builtIn(named: #require(entry.name.string))
      #expect(entry.sha256.string == manifest.sha256 && entry.classes.strings == manifest.classes)
      #expect(entry.sensors.array.count == manifest.sensors.count)
    }
    let keys = Set(list[0].dictionary.keys)
    #expect(list.array.allSatisfy { Set($0.dictionary.keys) == keys })
  }

  @Test(arguments: ["eurosat-ms", "bigearthnet-v2", "sen12ms"]) func pages(name: String) throws {
    #expect(try TrainedRun.succeed("dataset", "show", name) == Self.text("show-\(name)"))
  }

  /// Every built-in data set has a page, whose lines break at 80 columns.
  @Test(arguments: Manifest.builtInNames) func everyDataSetIsShown(name: String) throws {
    let page = try TrainedRun.succeed("dataset", "show", name)
    for line in page.split(separator: "\n") where line.split(separator: " ").allSatisfy({ $0.count < 40 }) {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test func namesAndPlaces() throws {
    let yaml = try TrainedRun.succeed("dataset", "show", "so2sat", "--yaml")
    #expect(try yaml == Manifest.builtIn(named: "so2sat").text)
    let folder = Fixtures.url("DataSets/own-folder").path
    let own = try document("dataset", "show", folder)
    #expect(own.name.string == "own-folder" && own.source.string == "\(folder)/dataset.yaml")
    #expect(try document("dataset", "show", "\(folder)/dataset.yaml").sha256.string == own.sha256.string)
    let misspelt = try refusal(["dataset", "show", "eurosat-mss"])
    #expect(misspelt.status == 64 && misspelt.lines.count == 1 && misspelt.lines[0].contains("eurosat-ms"))
    let empty = try refusal(["dataset", "show", Fixtures.url("ops").path])
    #expect(empty.status == 2 && empty.lines.count == 1 && empty.lines[0].contains("holds no dataset.yaml"))
  }

  /// The manifest of the documentation describes a folder, and a network is trained on it.
  @Test func theExampleOfTheDocumentation() throws {
    let file = TrainedRun.repository.appending(path: "Examples/DataSet/dataset.yaml")
    let example = try String(contentsOf: file, encoding: .utf8)
    let docs = try String(
      contentsOf: TrainedRun.repository.appending(path: "docs/data.md"), encoding: .utf8)
    #expect(docs.contains("```yaml\n\(example)```\n"))
    let data = [
      "--data", Fixtures.url("DataSets/own-folder").path, "--set", "data.manifest=\(file.path)",
      "data.nan=fill",
      "model.fusion=middle",
    ]
    let check = try JSON(
      data: Data(TrainedRun.succeed(["dataset", "check"] + data + ["--json", "--quiet"]).utf8))
    #expect(check.name.string == "fields" && check.problems.int == 0)
    let run = try TrainedRun.succeed(
      ["train", "--config", "own", "--dry-run"] + data
        + ["training.batch_size=2"])
    #expect(run.contains("tried"))
  }

  /// Every key of the reader is in the reference, and every key there is known to the reader.
  @Test(arguments: [
    "manifest", "name", "about", "patch", "catalog", "fields", "sensors", "inputs", "labels", "classes",
    "schemes", "colours",
    "splits", "group", "leakage", "cluster", "normalisation", "reference", "table", "columns", "files",
    "match",
    "arrays", "rows", "id", "where", "exclude", "empty", "of", "text", "array", "layout", "type", "bands",
    "use",
    "title", "unit", "scale", "offset", "nodata", "invalid", "clip", "resample", "pixel", "index", "file",
    "field",
    "separator", "json", "key", "pickle", "encoding", "raster", "band", "codes", "ignore", "threshold",
    "scheme",
    "list", "rest",
  ]) func everyKeyIsDescribed(key: String) throws {
    let page = try String(
      contentsOf: TrainedRun.repository.appending(path: "docs/manifest.md"), encoding: .utf8)
    #expect(page.contains("`\(key)`") || page.contains("`labels.\(key)`") || page.contains(".\(key)`"))
  }
}
