import Foundation
import TestSupport
import Testing

/// `fusionctl show` as people run it.
@Suite(.trainedRun) struct ShowTests {
  private let scratch: ScratchFolder
  private var run: TrainedRun { .current }
  private var patch: String { "ROIs1158_spring_s2_1_p1.tif" }

  init() throws { scratch = try ScratchFolder() }

  /// Runs the command, which must be refused with this status; returns the error line.
  private func refused(_ status: Int32, _ arguments: [String]) throws -> String {
    let result = try BuiltProgram.run(["show"] + arguments)
    #expect(result.status == status && result.output.isEmpty, "\(result)")
    return result.errors
  }

  private func isPNG(_ url: URL) throws -> Bool {
    try Data(contentsOf: url).prefix(8) == Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
  }

  @Test func aPatchWithTheValuesOfItsFiles() throws {
    let out = scratch.file("x.png")
    let json = try JSON(
      data: Data(
        TrainedRun.succeed(["show", patch] + run.data + ["--out", out.path, "--json", "--quiet"]).utf8))
    #expect(try isPNG(out) && json.picture.string == out.path)
    let shown = json.patches[0]
    #expect(shown.name.string == patch && shown.height.int == 32 && shown.width.int == 32)
    #expect(shown.sensors.array.map(\.sensor.string) == ["s2", "s1"])
    #expect(shown.sensors[0].bands.array.count == 13 && shown.sensors[1].bands[0].band.string == "VV")
    let shares = shown.classes.array.compactMap(\.share.double)
    #expect(abs(shares.reduce(0, +) - 1) < 1e-9)
    #expect(shown.classes[0].colour.string == "#009900")
    let radar = try #require(shown.sensors[1].source.string)
    let alone = try JSON(
      data: Data(
        TrainedRun.succeed("show", radar, "--out", scratch.file("y.png").path, "--json", "--quiet").utf8))
    #expect(alone.patches[0].sensors[0].bands[1].median.double == shown.sensors[1].bands[1].median.double)
  }

  /// With a run the data set is the run's, and the best network's probabilities stand beside the truth.
  @Test func aRunAddsItsPredictions() throws {
    let table = try String(
      contentsOf: run.folder.file("run/predictions/validation.csv"), encoding: .utf8
    ).split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    let ids = table.dropFirst().prefix(2).map { String($0[0]) }
    let out = scratch.file("x.png")
    let json = try JSON(
      data: Data(
        TrainedRun.succeed(
          ["show"] + ids + ["--run", run.folder.file("run").path, "--out", out.path, "--json", "--quiet"]
        ).utf8))
    #expect(try isPNG(out))
    for (place, row) in table.dropFirst().prefix(2).enumerated() {
      let classes = json.patches[place].classes
      #expect(json.patches[place].split.string == "validation")
      #expect(classes[0].probability.double.map { Float($0) } == Float(row[2]))
      #expect(classes[0].true.bool == (row[2 + 10] == "1"))
    }
  }

  @Test func nothingIsReplacedUnasked() throws {
    let out = scratch.file("x.png")
    try "mine".write(to: out, atomically: true, encoding: .utf8)
    let command = [patch] + run.data + ["--out", out.path]
    #expect(try refused(64, command).contains("the file already exists; replace it with --force"))
    #expect(try String(contentsOf: out, encoding: .utf8) == "mine")
    try TrainedRun.succeed(["show"] + command + ["--force", "--quiet"])
    #expect(try isPNG(out))
  }

  @Test func noInputIsWritten() throws {
    let file = scratch.file("x.png").path
    let patchFile = run.folder.file("data/ROIs1158_spring/s1_1/ROIs1158_spring_s1_1_p1.tif").path
    try TrainedRun.succeed("show", patchFile, "--out", file, "--quiet")
    #expect(try refused(64, [file, "--out", file, "--force"]).contains("is a file that this command reads"))
    let inside = run.folder.file("data/ROIs1158_spring/s1_1/x.png").path
    #expect(
      try refused(64, [patch] + run.data + ["--out", inside]).contains("lies where patches are read"))
    let beside = run.folder.file("data/labels_splits/x.png").path
    #expect(
      try refused(64, [patch, "--data", run.folder.file("data").path, "--out", beside])
        .contains("lies in the label folder"))
    #expect(try refused(64, [patch] + run.data + ["--out", "x.jpg"]).contains("ends in .png"))
  }

  @Test func unknownNamesAreToldTheNearest() throws {
    let out = ["--out", scratch.file("x.png").path]
    let line = try refused(64, ["ROIs1158_sprin_s2_1_p1.tif"] + run.data + out)
    #expect(
      line.contains("is no file, and none of the 20 patches")
        && line.contains("did you mean 'ROIs1158_spring_"))
    let dfc = try refused(
      64, ["ROIs0000_tst_s2_0_p18", "--data", TrainedRun.fixture("DataSets/dfc2020")] + out)
    #expect(dfc.contains("did you mean 'ROIs0000_test_s2_0_p18'?"))
    #expect(
      try refused(64, ["nowhere.tif"] + out).contains("nowhere.tif: is no file, and for the id of a patch"))
  }

  @Test func damagedFilesAreNamed() throws {
    let out = ["--out", scratch.file("x.png").path]
    let line = try refused(2, [TrainedRun.fixture("hostile/tiff_truncated.tif")] + out)
    #expect(line.contains("not a readable GeoTIFF file (strip 3 of 4 reaches beyond the end of the file)"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("x.png").path))
  }
}
