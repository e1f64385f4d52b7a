import Foundation
import Rasters
import TestSupport
import Testing

/// Maps of scenes by the built program. The scenes are made of patches, whose predictions `test` gives too.
@Suite(.serialized, .mappedScene)
struct PredictTests {
  let scene = MappedScene.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func map(_ name: String, _ arguments: [String]) throws -> String {
    let path = scratch.file(name).path
    try TrainedRun.succeed(["predict"] + arguments + ["--out", path, "--quiet"])
    return path
  }

  /// The pixels of a file, band by band.
  private func bands(_ path: String) throws -> (names: [String], values: [[Float]], size: (Int, Int)) {
    let file = try SceneFile(path)
    let (height, width) = (file.grid.size.height, file.grid.size.width)
    let values = try file.bands.indices.map { band in
      var plane = [Double](repeating: 0, count: height * width)
      try plane.withUnsafeMutableBufferPointer {
        try file.read(band: band + 1, columns: 0..<width, rows: 0..<height, into: $0)
      }
      return plane.map { Float($0) }
    }
    return (file.bands.map(\.description), values, (height, width))
  }

  /// With windows side by side each one is a patch, and has the bits that `test` writes.
  private func expectPredictions(_ map: String, _ expected: [String: [Float]]) throws {
    let found = try bands(map)
    #expect(found.size == (2, 2) && found.values.count == 10)
    for (place, patch) in scene.patches.enumerated() {
      #expect(found.values.map { $0[place] } == expected[patch])
    }
  }

  @Test func aWindowHasTheBitsOfTest() throws {
    let path = try map("map.tif", [scene.early] + scene.images + ["--stride", "32"])
    try expectPredictions(path, scene.predictions(scene.early))
    #expect(try bands(path).names.first == "Forest")
  }

  @Test func aLatePairHasTheBitsOfTest() throws {
    let pair = ["--checkpoint-s1", scene.s1, "--checkpoint-s2", scene.s2]
    let path = scratch.file("late.csv").path
    try TrainedRun.succeed(["test"] + pair + scene.data + ["--predictions", path, "--wide", "--quiet"])
    let map = try map(
      "late.tif", pair + scene.images + ["--stride", "32", "--probabilities"])
    try expectPredictions(
      map.replacing(".tif", with: ".probabilities.tif"), MappedScene.predictions(in: path))
    let late = try self.map(
      "several.tif", ["--checkpoints", scene.s1, scene.s2] + scene.images + ["--stride", "32"])
    #expect(try Data(contentsOf: URL(filePath: late)) == Data(contentsOf: URL(filePath: map)))
  }

  /// Overlapping windows against their means, computed here from the probabilities of single windows.
  @Test func overlappingWindowsAreAveraged() throws {
    let cells = try bands(map("cells.tif", [scene.early] + scene.images))
    let pixels = try bands(map("pixels.tif", [scene.early] + scene.images + ["--full-resolution"]))
    #expect(cells.size == (4, 4) && pixels.size == (64, 64))
    for band in cells.values.indices {
      for pixel in 0..<64 * 64 {
        #expect(pixels.values[band][pixel] == cells.values[band][pixel / 64 / 16 * 4 + pixel % 64 / 16])
      }
    }
    // The cell in the corner lies in the first window alone: the first patch.
    let first = try scene.predictions(scene.early)[scene.patches[0]]
    #expect(cells.values.map { $0[0] } == first)
  }

  @Test func aMapOfOneLabelHasClassesAndConfidence() throws {
    let map = try map("single.tif", [scene.s2, "--image", scene.images[1], "--stride", "32"])
    let classes = try bands(map).values[0]
    let confidence = try bands(map.replacing(".tif", with: ".confidence.tif")).values[0]
    let predictions = try scene.predictions(scene.s2)
    for (place, patch) in scene.patches.enumerated() {
      let own = try #require(predictions[patch])
      let best = own.indices.max { own[$0] < own[$1] || (own[$0] == own[$1] && $0 > $1) }!
      #expect(classes[place] == Float(best + 1) && confidence[place] == own[best])
    }
  }

  @Test func aSceneWithoutDataIsAMapWithoutData() throws {
    let empty = scratch.file("empty.vrt").path
    try scene.virtualRaster(of: "s2", at: empty, nodata: true)
    let map = scratch.file("empty.tif").path
    let result = try BuiltProgram.run(["predict", scene.s2, "--image", "s2=" + empty, "--out", map, "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let summary = try JSON(data: Data(result.output.utf8))
    #expect(summary.pixels_without_data.int == 16 && summary.windows_left_out.int == 9)
    #expect(try bands(map).values[0].allSatisfy { $0 == 0 })
  }

  @Test(.enabled(if: RankLaunch.isPossible, "mpirun is not installed, or the build has no MPI"))
  func twoRanksMakeTheSameMap() throws {
    let arguments = ["predict", scene.early] + scene.images
    let alone = try map("alone.tif", Array(arguments.dropFirst()))
    let path = scratch.file("ranks.tif").path
    let run = try RankLaunch([
      (2, [BuiltProgram.url.path] + arguments + ["--out", path, "--oversubscribe", "--threads", "1"])
    ])
    try #require(run.status == 0, "\(run.errors)")
    #expect(try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: alone)))
  }

  /// A process that is killed in the middle, and one that is asked to stop, go on to the same bytes.
  @Test(arguments: [SIGKILL, SIGTERM]) func anInterruptedMapGoesOn(_ signal: Int32) throws {
    let arguments = ["predict", scene.s2, "--image", scene.images[1], "--stride", "2", "--threads", "1"]
    let path = scratch.file("map.tif").path
    let units = scratch.file("map.tif.partial/units").path
    let process = try BuiltProgram.start(
      arguments + ["--out", path], output: scratch.file("out"), errors: scratch.file("err"))
    while process.isRunning, ((try? Data(contentsOf: URL(filePath: units)).count) ?? 0) == 0 { usleep(2000) }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    let errors = try String(contentsOf: scratch.file("err"), encoding: .utf8)
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(process.terminationStatus == (signal == SIGTERM ? 75 : SIGKILL), "\(errors)")
    if signal == SIGTERM { #expect(errors.contains("run the same command again to go on")) }

    let other = try refusal(arguments.dropLast(4) + ["--stride", "3", "--out", path])
    #expect(other.status == 64 && other.lines.last?.contains("unfinished work of another map") == true)
    let again = try BuiltProgram.run(arguments + ["--out", path])
    #expect(again.status == 0 && again.errors.contains("going on with"), "\(again.errors)")
    #expect(!FileManager.default.fileExists(atPath: path + ".partial"))
    #expect(try Data(contentsOf: URL(filePath: path)) == scene.dense)
  }

  @Test func patchesWithoutLabelsHaveTheBitsOfTest() throws {
    let folder = scratch.file("found").path
    try TrainedRun.succeed("predict", scene.early, "--data", scene.data[1], "--out", folder, "--quiet")
    let text = try String(contentsOfFile: folder + "/predictions.csv", encoding: .utf8)
    let lines = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(lines.count == 21 && lines[0].prefix(3) == ["id", "cluster", "probability.Forest"])
    let expected = try scene.predictions(scene.early)
    var compared = 0
    for line in lines.dropFirst() {
      guard let own = expected[String(line[0])] else { continue }
      #expect(line[2..<12].map { Float($0) } == own.map { Float?($0) })
      compared += 1
    }
    #expect(compared == 4)
    let footprints = try JSON(contentsOf: URL(filePath: folder + "/footprints.geojson"))
    #expect(footprints.features.array.count == 20)
    let maps = try FileManager.default.contentsOfDirectory(atPath: folder + "/maps").filter {
      $0.hasSuffix(".tif")
    }
    #expect(maps.count == 5)
    let own = try #require(maps.first { scene.patches[0].hasPrefix($0.dropLast(6)) })
    try expectPredictions("\(folder)/maps/\(own)", expected)
  }

  @Test func outputsAreNeverInputs() throws {
    for (out, problem) in [
      (scene.early + "/config.yaml", "belongs to a run that this command reads"),
      (String(scene.images[1].dropFirst(3)), "is an image that this command reads"),
    ] {
      let found = try refusal(["predict", scene.early] + scene.images + ["--out", out, "--force"])
      #expect(found.status == 64 && found.lines.last?.contains(problem) == true)
    }
  }
}
