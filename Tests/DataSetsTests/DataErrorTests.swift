import Foundation
import Imagery
import TestSupport
import Testing

@testable import Basics
@testable import DataSets

/// A data set of empty image files, written for a test.
struct SmallSet {
  let scratch: ScratchFolder
  /// Keys of the manifest that differ from `manifest`.
  var keys: [String: String] = [:]

  /// - Parameter files: texts by path.
  init(_ files: [String: String], images: [String] = []) throws {
    scratch = try ScratchFolder()
    for (path, text) in files { try write(path, text) }
    for path in images { try write(path, "") }
  }

  func write(_ path: String, _ text: String) throws {
    let url = scratch.file(path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  /// Patches of a table `t.csv` with columns name, part and label, and one image each.
  static func table(
    _ rows: String, header: String = "name,part,label", images: [String] = ["a", "b", "c", "d"]
  )
    throws -> SmallSet
  {
    try SmallSet(["t.csv": "\(header)\n\(rows)"], images: images.map { "img/\($0).tif" })
  }

  private static let usual = [
    "catalog": "{table: [t.csv], id: \"{name}\"}",
    "sensors": "{opt: {files: \"img/{name}.tif\", type: uint8, bands: [red]}}",
    "labels": "{kind: multi, field: label, separator: \";\"}",
    "classes": "[land, water]",
    "splits": "{train: {where: {part: train}}, test: {where: {part: test}}}",
    "normalisation": "computed",
  ]

  func open(
    skips: Bool = false, validation: DataSetRules.Validation = .list, wanted: [Split] = [.train, .test]
  ) throws -> ManifestDataSet {
    let lines = Self.usual.merging(keys) { $1 }.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
      .map { "\($0): \($1)" }
    let text = "manifest: 1\nname: small\npatch: {size: [16, 16]}\n" + lines.joined(separator: "\n") + "\n"
    let manifest = try Manifest(text: text, source: "dataset.yaml")
    let rules = DataSetRules(
      validation: validation, seed: 3, skipsAbsentFiles: skips, leakage: .warn,
      sensors: manifest.sensors.map(\.sensor))
    return try ManifestDataSet(manifest, rules, data: scratch.path, wanted: wanted, Sweep(threads: 2))
  }

  func refused(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
    let error = try #require(throws: InputError.self, sourceLocation: sourceLocation) {
      let dataSet = try open()
      _ = try dataSet.readLabels() ?? dataSet.computeLabels(size: PatchSize(16), Sweep(threads: 2))
    }
    #expect(error.kind == .data, sourceLocation: sourceLocation)
    for word in words {
      #expect(error.description.contains(word), "\(error)", sourceLocation: sourceLocation)
    }
    #expect(!error.description.contains("\n"), sourceLocation: sourceLocation)
  }
}

/// Mistakes of a manifest that only the data show.
@Suite struct DataErrorTests {
  private static let rows = "a,train,land\nb,train,water\nc,test,land;water\nd,test,water"

  @Test func aFieldThatTheTableLacksIsNamedWithItsUse() throws {
    var set = try SmallSet.table(Self.rows)
    set.keys["group"] = "\"{city}\""
    try set.refused("group", "city")
  }

  @Test(arguments: ["..", "../img", "x/../../img", "/etc", "img/", "."])
  func aTableCannotLeadOutOfTheFolder(folder: String) throws {
    var set = try SmallSet.table(
      "a,train,land,\(folder)\nb,test,water,img\n", header: "name,part,label,folder")
    set.keys["sensors"] = "{opt: {files: \"{folder}/{name}.tif\", type: uint8, bands: [red]}}"
    try set.refused("row 1 of t.csv", "the path '\(folder)/a.tif'", "correct the fields")
  }

  @Test func fieldsTogetherCannotLeadOutOfTheFolder() throws {
    var set = try SmallSet.table("a,train,land,.\nb,test,water,x\n", header: "name,part,label,dot")
    set.keys["sensors"] = "{opt: {files: \"{dot}{dot}/img/{name}.tif\", type: uint8, bands: [red]}}"
    try set.refused("the path '../img/a.tif' has the part '..'")
  }

  @Test func aTableMayNameFoldersInTheFolder() throws {
    var set = try SmallSet.table(
      "a,train,land,x/y\nb,test,water,x\n", header: "name,part,label,folder", images: ["x/y/a", "x/b"])
    set.keys["sensors"] = "{opt: {files: \"img/{folder}/{name}.tif\", type: uint8, bands: [red]}}"
    #expect(try set.open().selection.training.count == 1)
  }

  @Test func twoPatchesOfOneIdAreBothNamed() throws {
    try SmallSet.table(Self.rows + "\nb,test,land").refused("id b", "row 2 of t.csv", "row 5 of t.csv")
    var files = try SmallSet([:], images: ["img/x/1.tif", "img/y/1.tif"])
    files.keys["catalog"] = "{files: \"img/{k}/{n}.tif\", match: {k: '[a-z]', n: '\\d'}, id: \"{n}\"}"
    files.keys["sensors"] = "{opt: {files: \"img/{k}/{n}.tif\", type: uint8, bands: [red]}}"
    files.keys["labels"] = "{kind: single, field: k}"
    files.keys["classes"] = "[x, y]"
    files.keys["splits"] = "{train: rest}"
    try files.refused("id 1", "img/x/1.tif", "img/y/1.tif")
  }

  @Test func aPatchInTwoSplitsIsRefused() throws {
    var set = try SmallSet.table(Self.rows)
    set.keys["splits"] = "{train: {list: train.txt}, test: {where: {part: test}}}"
    try set.write("train.txt", "a\r\nb\r\nc\r\n")
    try set.refused("puts c into test", "train already")
    try set.write("train.txt", "a\nb\na\n")
    try set.refused("train.txt", "names a twice")
  }

  @Test func aConditionThatNothingMeetsIsRefused() throws {
    var set = try SmallSet.table(Self.rows)
    set.keys["catalog"] = "{table: [t.csv], id: \"{name}\", where: {part: nowhere}}"
    try set.refused("none of 4 patches meets catalog.where")
  }

  @Test func aListOfOtherNamesIsRefused() throws {
    var set = try SmallSet.table(Self.rows)
    set.keys["splits"] = "{train: {list: train.txt}, test: rest}"
    try set.write("train.txt", "a.jpg\nb.jpg")
    try set.refused("train.txt", "none of its 2 ids", "a.jpg", "splits.train.id")
    set.keys["splits"] = "{train: {list: train.txt, id: '^(.+)\\.png$'}, test: rest}"
    try set.refused("train.txt", "line 1", "a.jpg")
  }

  @Test func aFieldThatDoesNotMatchIsRefused() throws {
    var set = try SmallSet.table(Self.rows)
    set.keys["fields"] = "{tile: {of: part, match: '^(t.*)n$'}}"
    try set.refused("row 3 of t.csv", "part is \"test\"", "fields.tile")
  }

  @Test func unknownClassesNameThePatch() throws {
    try SmallSet.table("a,train,land\nb,test,watr").refused("patch b", "watr", "did you mean 'water'")
    var single = try SmallSet.table(Self.rows)
    single.keys["labels"] = "{kind: single, field: label}"
    try single.refused("patch c", "land;water")
  }

  @Test func numbersInColumnsAreChecked() throws {
    var set = try SmallSet.table(
      "a,train,1,0\nb,train,0,1\nc,test,1,1\nd,test,0.5,1", header: "name,part,land,water")
    set.keys["labels"] = "{kind: fractions, columns: true, threshold: 0.1}"
    let labels = try #require(try set.open().readLabels())
    #expect((0..<4).map { labels[$0].map(Array.init) } == [[1, 0], [0, 1], [1, 1], [0.5, 1]])
    set.keys["labels"] = "{kind: multi, columns: true}"
    try set.refused("patch d", "0.5", "'land'")
    set.keys["labels"] = "{kind: single, columns: true}"
    try set.refused("patch c", "2 labels")
    try set.write("t.csv", "name,part,land,water\na,train,1,many\nb,test,1,0")
    try set.refused("patch a", "'water'", "many")
  }

  @Test func jsonLabelsNameTheirFile() throws {
    var set = try SmallSet.table("a,train,x\nb,test,x")
    set.keys["labels"] = "{kind: multi, json: \"{name}.json\", key: labels}"
    try set.write("a.json", "{\"labels\": [\"land\", \"water\"]}")
    try set.write("b.json", "{\"labels\": \"land\"}")
    let labels = try set.open().computeLabels(size: PatchSize(16), Sweep(threads: 2))
    #expect(labels[0].map(Array.init) == [1, 1] && labels[1].map(Array.init) == [1, 0])
    try set.write("b.json", "{\"labels\": [\"moor\"]}")
    try set.refused("b.json", "moor")
    try set.write("b.json", "{\"label\": []}")
    try set.refused("b.json", "no key 'labels'")
    try set.write("b.json", "{\"labels\": [[")
    try set.refused("b.json", "no readable JSON")
  }

  /// A file for each band has one band, unless the manifest says which one.
  @Test(arguments: [("files: 'img/{name}_{band}.tif',", ""), ("", "file: 'img/{name}_red.tif',")])
  func aSecondBandInTheFileOfABandIsRefused(files: String, file: String) throws {
    var set = try SmallSet.table(Self.rows)
    let image = TIFFFile(
      width: 16, height: 16, bands: 2, sample: .uint8, values: (0..<512).map { Double($0 % 200) })
    for name in ["a", "b", "c", "d"] { try image.write(to: set.scratch.file("img/\(name)_red.tif")) }
    func first(_ index: String) throws -> Float {
      set.keys["sensors"] = "{opt: {\(files) type: uint8, bands: {red: {\(file) \(index)}}}}"
      let dataSet = try set.open()
      let sensor = dataSet.manifest.sensors[0].sensor
      return try dataSet.selection.store.samples(
        of: 0, Channels(name: "opt", sensor: sensor, bands: ["red"]), size: PatchSize(16))[1]
    }
    let error = try #require(throws: InputError.self) { try first("") }
    #expect(error.subject.hasSuffix("img/a_red.tif") && error.kind == .data)
    #expect(error.problem == "expected red as the only band, found 2")
    #expect(error.remedy?.contains("index") == true && !error.description.contains("\n"))
    #expect(try [first("index: 1"), first("index: 2")] == [2, 3])
  }

  @Test func unknownCodesOfRastersNameTheFile() throws {
    let dataSet = try Trees.open("dfc2020", edit: { $0.replacing("10: \"Water\"", with: "11: \"Water\"") })
    let error = try #require(throws: InputError.self) {
      try dataSet.computeLabels(size: PatchSize(256), Sweep(threads: 2))
    }
    #expect(error.subject.hasSuffix("_dfc_0_p10.tif") && error.problem.contains("65536 pixels of code 10"))
  }
}

/// Files that are absent, lists in other forms, and places that stay together.
@Suite struct DataFileTests {
  private static let rows = "a,train,land\nb,train,water\nc,test,land;water\nd,test,water"

  @Test func absentFilesStopARunOrAreLeftOut() throws {
    let set = try SmallSet.table(Self.rows, images: ["a", "c"])
    try set.refused("2 of 4 files", "(2 of opt)", "img/b.tif", "img/d.tif", "data.missing=skip")
    let dataSet = try set.open(skips: true)
    let ids = dataSet.selection.all.map(dataSet.selection.catalogue.id)
    #expect(ids == ["a", "c"])
    #expect(dataSet.selection.leftOut[.absentFile, .train] == 1)
    #expect(dataSet.selection.leftOut[.absentFile, .test] == 1)
    #expect(
      dataSet.selection.notes.contains { $0.contains("left out 2 of 4 patches whose files are absent") })
    let none = try SmallSet.table(Self.rows, images: ["a", "b"])
    let error = try #require(throws: InputError.self) { try none.open(skips: true) }
    #expect(error.problem.contains("none of the 2 patches of the test split"))
  }

  /// Links are followed. A link that leads nowhere is another fault than an absent file.
  @Test func linksAreFollowed() throws {
    let set = try SmallSet.table(Self.rows, images: ["a", "b", "c"])
    let link = set.scratch.file("img/d.tif").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "c.tif")
    #expect(try set.open().selection.all.count == 4)
    try FileManager.default.removeItem(atPath: link)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "gone.tif")
    try set.refused("img/d.tif", "which is not there")
    let error = try #require(throws: InputError.self) { try set.open(skips: true) }
    #expect(error.problem.contains("gone.tif"))
  }

  @Test func foldersAreWalkedThroughLinks() throws {
    var set = try SmallSet([:], images: ["far/x_1.tif", "far/x_22.tif", "far/y_a.tif", "far/note.txt"])
    try FileManager.default.createDirectory(
      at: set.scratch.file("img"), withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: set.scratch.file("img/x").path, withDestinationPath: "../far")
    set.keys["catalog"] = "{files: \"img/{k}/{k}_{n}.tif\", match: {k: '[a-z]', n: '\\d+'}, id: \"{k}{n}\"}"
    set.keys["sensors"] = "{opt: {files: \"img/{k}/{k}_{n}.tif\", type: uint8, bands: [red]}}"
    set.keys["labels"] = "{kind: single, field: k}"
    set.keys["classes"] = "[x, y]"
    set.keys["splits"] = "{train: rest}"
    let dataSet = try set.open(wanted: [.train])
    #expect(dataSet.selection.all.map(dataSet.selection.catalogue.id) == ["x1", "x22"])
    #expect(dataSet.strangers.names == ["img/x/y_a.tif"])
    set.keys["catalog"] = "{files: \"pics/{k}/{k}_{n}.tif\", match: {k: '[a-z]', n: '\\d+'}, id: \"{k}{n}\"}"
    try set.refused("no file matches catalog.files", "there is no folder pics")
  }

  /// Byte-order mark, CR LF, blank lines, further fields and no last line end; ids that are not there are counted.
  @Test func listsOfManyForms() throws {
    var set = try SmallSet.table(Self.rows)
    set.keys["splits"] =
      "{train: {list: l.txt, id: '^(.)\\.tif$'}, validation: {json: j.json, key: val}, test: rest}"
    try set.write("l.txt", "\u{FEFF}b.tif,x\r\n\r\n  a.tif\r\nz.tif")
    try set.write("j.json", "{\"val\": [\"d\"], \"other\": 3}")
    let dataSet = try set.open(wanted: Split.allCases)
    let selection = dataSet.selection
    #expect(selection.training == [0, 1] && selection.validation == [3] && selection.test == [2])
    #expect(selection.notes == ["1 of 3 ids of l.txt are not in the data set, first z"])
  }

  @Test func excludedPatchesAreCounted() throws {
    var set = try SmallSet.table(Self.rows)
    set.keys["catalog"] = "{table: [t.csv], id: \"{name}\", exclude: [gone.csv, d]}"
    set.keys["splits"] = "{train: {list: l.txt}, test: rest}"
    try set.write("gone.csv", "b,snow\nq,snow\n")
    try set.write("l.txt", "a\nb")
    let dataSet = try set.open()
    #expect(dataSet.selection.all.map(dataSet.selection.catalogue.id) == ["a", "c"])
    #expect(dataSet.selection.notes == ["left out 2 patches that catalog.exclude names, first b"])
  }

  /// Tile 1 and tile 2 share a field. Both count as one place, so no field is divided.
  @Test func overlappingGroupsAndClustersStayTogether() throws {
    let rows = (0..<40).map { "p\($0),tile\($0 % 4 / 2 * 2 + ($0 % 2)),field\($0 % 4 / 2),land" }
    var set = try SmallSet(
      ["t.csv": "name,tile,field,label\n" + rows.joined(separator: "\n")],
      images: (0..<40).map { "img/p\($0).tif" })
    set.keys["group"] = "\"{field}\""
    set.keys["cluster"] = "\"{tile}\""
    set.keys["splits"] = "{train: rest}"
    let dataSet = try set.open(validation: .byScene(fraction: 0.3), wanted: [.train, .validation])
    let (selection, catalogue) = (dataSet.selection, dataSet.selection.catalogue)
    #expect(selection.training.count == 20 && selection.validation.count == 20)
    let fields = [selection.training, selection.validation].map { Set($0.map { catalogue.group($0)! }) }
    #expect(fields[0].isDisjoint(with: fields[1]))
  }
}
