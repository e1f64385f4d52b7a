import Foundation
import TestSupport
import Testing

/// A scene that is made of the four test patches of a small data set, and networks that were trained on the others.
final class MappedScene: Sendable {
  @TaskLocal static var current: MappedScene!

  private let folder: ScratchFolder
  /// Ids of the test patches, row by row.
  let patches: [String]
  /// A map with a window every two pixels, which was never interrupted.
  let dense: Data

  init() throws {
    folder = try ScratchFolder()
    let places = ["--data", folder.file("data").path, "--labels", folder.file("data/labels_splits").path]
    try TrainedRun.succeed(
      "synth", "--out", folder.file("data").path, "--size", "32", "--scenes", "5", "--patches-per-scene", "4",
      "--quiet")
    for (run, sensors, labels) in [
      ("early", "s2,s1", "multi"), ("s1", "s1", "single"), ("s2", "s2", "single"),
    ] {
      var settings = ["model.architecture=resnet18", "model.sensors=\(sensors)", "labels.type=\(labels)"]
      if run == "early" { settings.append("model.fusion=early") }
      try TrainedRun.succeed(
        ["train", "--set"] + settings + ["--epochs", "1", "--batch-size", "4", "--threads", "1", "--quiet"]
          + places
          + ["--config", TrainedRun.repository.appending(path: "configs/demo/\(run).yaml").path, "--out"]
          + [folder.file(run).path])
    }
    let predictions = folder.file("early.csv").path
    try TrainedRun.succeed(
      ["test", folder.file("early").path, "--predictions", predictions, "--wide", "--quiet"] + places)
    patches = try Self.predictions(in: predictions).keys.sorted()
    for sensor in ["s1", "s2"] {
      try Self.virtualRaster(
        of: sensor, patches, in: folder, at: folder.file("\(sensor).vrt").path, nodata: false)
    }
    let map = folder.file("dense.tif")
    try TrainedRun.succeed([
      "predict", folder.file("s2").path, "--image", "s2=" + folder.file("s2.vrt").path, "--stride", "2",
      "--out", map.path, "--quiet",
    ])
    dense = try Data(contentsOf: map)
  }

  var early: String { folder.file("early").path }
  var s1: String { folder.file("s1").path }
  var s2: String { folder.file("s2").path }
  var data: [String] {
    ["--data", folder.file("data").path, "--labels", folder.file("data/labels_splits").path]
  }
  var images: [String] {
    ["--image", "s2=" + folder.file("s2.vrt").path, "--image", "s1=" + folder.file("s1.vrt").path]
  }

  /// Probabilities of the test patches by a run, as `test` writes them.
  func predictions(_ run: String) throws -> [String: [Float]] {
    let path = folder.file(URL(filePath: run).lastPathComponent + ".csv").path
    if !FileManager.default.fileExists(atPath: path) {
      try TrainedRun.succeed(["test", run, "--predictions", path, "--wide", "--quiet"] + data)
    }
    return try Self.predictions(in: path)
  }

  static func predictions(in path: String) throws -> [String: [Float]] {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let columns = lines[0].indices.filter { lines[0][$0].hasPrefix("probability.") }
    return Dictionary(
      uniqueKeysWithValues: try lines.dropFirst().map { line in
        (String(line[0]), try columns.map { try #require(Float(line[$0])) })
      })
  }

  /// Writes a virtual raster of the test patches.
  /// - Parameter nodata: whether every sample is declared missing, as the file has none.
  func virtualRaster(of sensor: String, at path: String, nodata: Bool) throws {
    try Self.virtualRaster(of: sensor, patches, in: folder, at: path, nodata: nodata)
  }

  private static func virtualRaster(
    of sensor: String, _ patches: [String], in folder: ScratchFolder, at path: String, nodata: Bool
  ) throws {
    let (bands, type) = sensor == "s2" ? (13, "UInt16") : (2, "Float32")
    let all = (1...bands).map { band in
      let sources = patches.enumerated().map { place, patch in
        let parts = patch.split(separator: "_")
        let file = folder.file(
          "data/\(parts[0])_\(parts[1])/\(sensor)_\(parts[3])/\(patch.replacing("_s2_", with: "_\(sensor)_"))"
        )
        return """
          <SimpleSource><SourceFilename relativeToVRT="0">\(file.path)</SourceFilename>
          <SourceBand>\(band)</SourceBand><SrcRect xOff="0" yOff="0" xSize="32" ySize="32"/>
          <DstRect xOff="\(place % 2 * 32)" yOff="\(place / 2 * 32)" xSize="32" ySize="32"/></SimpleSource>
          """
      }
      return """
        <VRTRasterBand dataType="\(type)" band="\(band)">\(nodata ? "<NoDataValue>0</NoDataValue>" : "")
        \(nodata ? "" : sources.joined())</VRTRasterBand>
        """
    }
    try """
    <VRTDataset rasterXSize="64" rasterYSize="64"><SRS>EPSG:32633</SRS>
    <GeoTransform>500000, 10, 0, 5200000, 0, -10</GeoTransform>\(all.joined())</VRTDataset>
    """.write(toFile: path, atomically: true, encoding: .utf8)
  }
}

/// Gives a suite its scene.
struct MappedSceneTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await MappedScene.$current.withValue(MappedScene()) { try await function() }
  }
}

extension Trait where Self == MappedSceneTrait {
  /// Before the tests a scene is made and networks are trained: `MappedScene.current`.
  static var mappedScene: Self { Self() }
}
