import Foundation
import TestSupport
import Testing

/// What files and lists say, the program heeds and says again.
@Suite(.sampleData) struct DataStatementTests {
  let sample = SampleData.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func arguments(data: URL? = nil, labels: URL? = nil, set settings: [String] = []) -> [String] {
    [
      "train", "--config", sample.configuration, "--data", (data ?? sample.data).path, "--labels",
      (labels ?? sample.labels).path, "--dry-run",
    ] + settings.flatMap { ["--set", $0] }
  }

  /// A copy of the data in which the first Sentinel-2 file of each scene is another.
  private func copy(_ change: (inout TIFFFile) -> Void) throws -> URL {
    let copy = scratch.file("data-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: sample.data, to: copy)
    var file = TIFFFile(
      width: 32, height: 32, bands: 13, sample: .uint16,
      values: (0..<32 * 32 * 13).map { Double(200 + $0 % 3000) })
    change(&file)
    let files = try #require(FileManager.default.enumerator(atPath: copy.path)).compactMap { $0 as? String }
    for path in files where path.contains("_s2_") && path.hasSuffix("_p1.tif") {
      try file.write(to: copy.appending(path: path))
    }
    return copy
  }

  @Test func missingValuesStopTheRunOrAreLeftOut() throws {
    let data = try copy { $0.texts[42113] = "205" }
    let refused = try refusal(arguments(data: data, set: ["training.batch_size=16"]) + ["--quiet"])
    #expect(refused.status == 2 && refused.lines.count == 1)
    #expect(
      refused.lines[0].contains(
        "4 of 16 training patches and 1 of 4 validation patches have missing samples, first ")
    )
    #expect(refused.lines[0].contains("_p1.tif (") && refused.lines[0].contains(" samples are nodata 205); "))
    let skipped = try TrainedRun.succeed(arguments(data: data, set: ["data.nan=skip"]))
    #expect(skipped.contains("left out 5 patches with missing samples"))
    let statistics = try BuiltProgram.run([
      "stats", "--config", sample.configuration, "--data", data.path, "--labels", sample.labels.path, "--set",
      "data.nan=skip",
    ])
    #expect(statistics.errors.contains("left out 4 patches with missing samples"))
  }

  /// Options of GDAL in the environment do not turn what is missing into zeros.
  @Test func holesAreErrorsWhateverGDALIsTold() throws {
    let data = try copy {
      $0.missing = [3]
      $0.padding = 30_000
    }
    let options = [
      "GTIFF_IGNORE_READ_ERRORS": "YES", "GTIFF_VIRTUAL_MEM_IO": "NO", "GDAL_SKIP": "GTiff",
      "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "YES", "CPL_DEBUG": "ON",
    ]
    for environment in [[:], options] {
      let result = try BuiltProgram.run(arguments(data: data) + ["--quiet"], environment: environment)
      #expect(
        result.status == 2 && result.errors.contains("_p1.tif: 1 of 8 strips are missing from the file"))
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
    let cut = try copy { $0.rowsPerStrip = 8 }
    for path in try #require(FileManager.default.enumerator(atPath: cut.path)).compactMap({ $0 as? String })
    where path.contains("_s2_") && path.hasSuffix("_p1.tif") {
      let file = cut.appending(path: path)
      var bytes = try Data(contentsOf: file)
      // The directory stands behind the blocks: its third strip lies beyond the end now.
      bytes.replace(Data([8, 0x34, 0, 0]), with: Data([8, 0x34, 1, 0]), maxReplacements: 1)
      try bytes.write(to: file)
    }
    let result = try BuiltProgram.run(arguments(data: cut) + ["--quiet"], environment: options)
    #expect(
      result.status == 2 && result.errors.contains("reaches beyond the end of the file"), "\(result.errors)")
  }

  @Test func patchesWithoutClassesAreCounted() throws {
    // No class covers a whole patch of these data.
    let strict = ["labels.threshold=1"]
    let kept = try TrainedRun.succeed(arguments(set: strict))
    // Lines break at words.
    let text = kept.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(
      text.contains(
        /note: used \d+ .*patches without any class .*\.tif, .*labels\.empty: exclude leaves them out/),
      "\(kept)")
    let refused = try refusal(arguments(set: strict + ["labels.empty=error"]) + ["--quiet"])
    #expect(refused.status == 2 && refused.lines.count == 1)
    #expect(refused.lines[0].contains("patches without any class (no fraction reaches labels.threshold 1.0)"))
    let plain = try TrainedRun.succeed(arguments(set: ["labels.empty=error"]))
    #expect(!plain.contains("without any class"))
  }

  /// The projection library of another installation does not keep the program from writing images.
  @Test(arguments: ["PROJ_LIB", "PROJ_DATA"]) func foreignProjectionData(variable: String) throws {
    func make(_ name: String, _ environment: [String: String]) throws -> Data {
      let folder = scratch.file(name)
      let result = try BuiltProgram.run(
        [
          "synth", "--out", folder.path, "--size", "32", "--scenes", "3", "--patches-per-scene", "1",
          "--quiet",
        ],
        environment: environment)
      #expect(result.status == 0, "\(result.errors)")
      let files = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap {
        $0 as? String
      }
      return try Data(
        contentsOf: folder.appending(path: try #require(files.sorted().last { $0.hasSuffix(".tif") })))
    }
    #expect(try make("foreign", [variable: scratch.path]) == make("own", [:]))
  }
}
