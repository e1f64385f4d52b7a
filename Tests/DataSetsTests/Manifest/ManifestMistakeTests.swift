import Basics
import Foundation
import TestSupport
import Testing

@testable import DataSets

/// Wrong manifests, each made from a good one by one change.
@Suite struct ManifestMistakeTests {
  static let good = """
    manifest: 1
    name: test
    patch: {size: [48, 40], pixel: 10}
    catalog:
      files: "{part}/{kind}_{number}.tif"
      match: {part: 'train|test', kind: '[a-z]+', number: '\\d+'}
      id: "{kind}_{number}"
    fields:
      place: {of: number, match: '(\\d)\\d*'}
    sensors:
      opt:
        files: "{part}/{id}.tif"
        type: uint16
        nodata: 0
        clip: [0, 10000]
        bands: [red, green, blue]
        use: [red, green]
      sar:
        files: "{part}/{id}_{band}.tif"
        type: int16
        scale: 0.01
        bands: {HH: {pixel: 20}, HV: {pixel: 20}}
    inputs: {pair: {sensor: opt, bands: [red, blue]}}
    labels: {kind: single, field: kind}
    classes: [field, wood, lake]
    schemes:
      water: {wet: [lake], dry: [field, wood]}
    splits:
      train: {where: {part: train}}
      test: rest
    group: "{place}"
    normalisation:
      opt: {mean: {red: 1, green: 2, blue: 3}, std: {red: 1, green: 2, blue: 3}}
    """

  @Test func theGoodOne() throws {
    let manifest = try Manifest(text: Self.good, source: "dataset.yaml")
    #expect(try manifest.sensor("sar").files(0) == ["{part}/{id}_HH.tif 0:1", "{part}/{id}_HV.tif 1:1"])
    #expect(manifest.unlabelled(in: try manifest.scheme("water")) == .exclude)
    #expect(manifest.cluster == manifest.group && manifest.labels.scheme == "full")
    #expect(manifest.neededFields == ["number", "kind", "part"])
  }

  /// What is changed, into what, and what the message says. It begins with the line.
  /// What is replaced, by what, and the message.
  private struct Mistake {
    let from, to, message: String
  }

  private func mistakes() throws -> [Mistake] {
    let text = try String(contentsOf: Fixtures.url("DataSets/mistakes.txt"), encoding: .utf8)
    return try text.components(separatedBy: "\n\n").dropFirst().map { block in
      let lines = block.components(separatedBy: "\n").filter { !$0.isEmpty }.map {
        $0 == "∅" ? "" : $0.replacing("⏎", with: "\n")
      }
      try #require(lines.count == 3, "\(block)")
      return Mistake(from: lines[0], to: lines[1], message: lines[2])
    }
  }

  @Test func oneLineEach() throws {
    let mistakes = try mistakes()
    #expect(mistakes.count >= 125)
    for change in mistakes {
      try #require(Self.good.contains(change.from), "\(change)")
      let text = Self.good.replacing(change.from, with: change.to, maxReplacements: 1)
      guard let line = try complaint(text)?.description else {
        Issue.record("no error: \(change)")
        continue
      }
      let hasLine = change.message.first?.isNumber == true
      let expected = hasLine ? "dataset.yaml:\(change.message)" : change.message
      #expect(hasLine ? line.hasPrefix(expected) : line.contains(expected), "\(line)\nexpected \(expected)")
    }
  }

  @Test func bandsInSeveralFiles() throws {
    let rows = Self.good.replacing("files: \"{part}/{id}.tif\"\n", with: "unit: brightness\n")
    let text = rows.replacing(
      "[red, green, blue]\n",
      with:
        "{red: {file: \"{id}_a.png\"}, green: {file: \"{id}_b.png\", index: 2}, blue: {file: \"{id}_b.png\"}}\n"
    )
    let opt = try Manifest(text: text, source: "x").sensor("opt")
    #expect(opt.files(0) == ["{id}_a.png 0:1", "{id}_b.png 1:2,2:1"])
    let same = text.replacing("index: 2", with: "index: 1")
    #expect(
      try complaint(same)?.problem.contains("is band 1 of '{id}_b.png', and so is another band") == true)
  }

  @Test func limits() throws {
    let bands = (1...65).map { "b\($0)" }.joined(separator: ", ")
    let many = Self.good.replacing("[red, green, blue]\n", with: "[\(bands)]\n")
    #expect(
      try complaint(many)?.description
        == "dataset.yaml:16: sensors.opt.bands has 65 entries, expected at most 64")
    let long = Self.good + String(repeating: "# a comment\n", count: 30_000)
    #expect(try complaint(long)?.problem == "the manifest has more than 256 KB of text")
    let deep = Self.good + "\nabout: " + String(repeating: "{", count: 600)
    #expect(try complaint(deep)?.problem.contains("too many lines, entries or brackets") == true)
    #expect(try complaint("")?.problem == "the manifest is empty")
    #expect(try complaint("- a")?.problem.contains("expected lines of the form 'key: value'") == true)
    #expect(try complaint("\u{FEFF}" + Self.good) == nil)
    #expect(try complaint(Self.good.replacing("\n", with: "\r\n")) == nil)
  }

  /// Trees in the place of keys, as many and as large as the limits allow, are refused.
  @Test func treesAsKeys() throws {
    let tree = String(repeating: "{", count: 250) + "[" + String(repeating: "a,", count: 11_000) + "]"
    let text = "name: " + tree + String(repeating: "}", count: 250)
    #expect(try complaint(text) != nil)
  }

  @Test func filesAreRead() throws {
    let scratch = try ScratchFolder()
    let file = scratch.file("dataset.yaml")
    try Self.good.write(to: file, atomically: true, encoding: .utf8)
    #expect(try Manifest(contentsOf: file.path).source == file.path)
    let absent = try #require(throws: InputError.self) { try Manifest(contentsOf: file.path + "x") }
    #expect(absent.kind == .data && absent.problem.hasPrefix("the manifest"))
    // FIPS 180-4: the hash of "abc".
    #expect(SHA256.hexadecimal("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(SHA256.hexadecimal("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  /// The columns of a table are known when it is read.
  @Test func columns() throws {
    let manifest = try fixture("own-folder")
    try manifest.requireFields(["name", "folder", "cover", "part", "region", "note"])
    let error = try #require(throws: InputError.self) {
      try manifest.requireFields(["nam", "folder", "cover", "part", "region"])
    }
    #expect(
      error.description.contains(
        ":7: catalog.id '{name}' names the field 'name', which nothing defines; did you mean 'nam'?"))
    let twice = try #require(throws: InputError.self) {
      try fixture("bigearthnet-v2").requireFields(["patch_id", "s2_tile"])
    }
    #expect(twice.problem.contains("fields.s2_tile defines a field that every row has already"))
    // A table may have a column `id`, of which the patch's id is made.
    let own = try Manifest(text: manifest.text.replacing("\"{name}\"", with: "\"x_{id}\""), source: "own")
    try own.requireFields(["id", "name", "folder", "cover", "part", "region"])
  }
}
