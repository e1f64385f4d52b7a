import Foundation
import TestSupport
import Testing

/// The Python that docs/python.md shows.
extension EvaluationTests {
  private static let page = TrainedRun.repository.appending(path: "docs/python.md")

  /// The interpreter: `FUSIONCTL_PYTHON`, else `python3`.
  private static let python = ProcessInfo.processInfo.environment["FUSIONCTL_PYTHON"] ?? "python3"

  private static let hasPackages =
    (try? ShellRun.run("\"$python\" -c 'import torch, torchvision, safetensors, rasterio, pandas'", python))?
    .status == 0

  /// The page's blocks, with a patch of the sample in place of the one that the page names.
  private func blocks(patch: String) throws -> String {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let blocks = text.components(separatedBy: "```python\n").dropFirst().map {
      $0.components(separatedBy: "```")[0]
    }
    try #require(blocks.count == 7)
    let named = "ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p30.tif"
    let code = blocks.joined(separator: "\n")
    try #require(code.components(separatedBy: named).count == 2)
    return code.replacingOccurrences(of: named, with: patch)
  }

  /// Exports and predictions of the networks that the page shows, under the names that it gives them.
  private func writeFiles() throws {
    for name in ["s2", "middle", "late"] {
      let checkpoint = networks.run(name).path("best")
      try TrainedRun.succeed(
        "export", "--checkpoint", checkpoint, "--out", scratch.file("\(name).safetensors").path, "--quiet")
      let file = name == "s2" ? "predictions" : name
      for (file, more) in [(file, []), ("wide", ["--wide", "--force"])] {
        try TrainedRun.succeed(
          ["test", "--checkpoint", checkpoint, "--quiet", "--predictions", scratch.file("\(file).csv").path]
            + networks.sample.places + more)
      }
    }
  }

  @Test(
    .enabled(
      if: hasPackages,
      "no torch, torchvision, safetensors, rasterio and pandas in python3; FUSIONCTL_PYTHON names another"))
  func thePythonPageGivesOurProbabilities() throws {
    try writeFiles()
    let patch = try #require(networks.sample.file(of: networks.sample.patches()[0]))
    let check = """

      worst = 0
      for name, file, module in [("s2", "predictions", network), ("middle", "middle", middle), ("late", "late", late)]:
          table = pd.read_csv(f"{file}.csv", keep_default_na=False)
          metadata = read_metadata(f"{name}.safetensors")
          assert list(table.columns[2:-2]) == classes_of(metadata)
          for row in table.itertuples(index=False):
              folder, number = row.scene.rsplit("_", 1)
              path = f"{DATA}/{folder}/s2_{number}/{row.id}"
              files = {"s2": path, "s1": f"{DATA}/{folder}/s1_{number}/{row.id.replace('_s2_', '_s1_')}"}
              seen = {sensor: read_patch(files[sensor], sensor, metadata) for sensor in bands_of(metadata)}
              with torch.no_grad():
                  found = torch.sigmoid(module(seen["s2"] if name == "s2" else seen))[0].numpy()
              worst = max(worst, np.abs(found - np.float32(row[2:-2])).max())
          assert len(table) == 4
      assert worst < 1e-5, worst
      # The wide form is that of the last network.
      p = pd.read_csv("late.csv", keep_default_na=False)
      for column in ["truth", "predicted"]:
          names = p[column].str.get_dummies(";").reindex(columns=classes, fill_value=0)
          assert (names.to_numpy() == wide[[f"{column}.{name}" for name in classes]].to_numpy()).all()
          assert names.to_numpy().sum() > 0 or column == "predicted"
      assert (p[classes].to_numpy() == wide[[f"probability.{name}" for name in classes]].to_numpy()).all()
      """
    let code = try blocks(patch: patch.path)
    try "DATA = \"\(networks.sample.data.path)\"\n\(code)\n\(check)\n".write(
      to: scratch.file("page.py"), atomically: true, encoding: .utf8)
    let result = try ShellRun.run("cd \(scratch.path) && \"$python\" page.py", Self.python)
    #expect(result.status == 0, "\(result.errors.suffix(2000))")
    #expect(result.output.contains("Forest") && result.output.contains("patches with forest"))
  }

  /// What the page takes for granted, without Python.
  @Test func networksHaveTheNamesThatThePythonPageUses() throws {
    func contents(_ name: String) throws -> (names: Set<String>, metadata: [String: String]) {
      let contents = try networks.run(name).checkpoint("best").contents
      return (
        Set((contents.parameters + contents.buffers).map(\.name) + contents.counters.map(\.name)),
        contents.metadata
      )
    }
    let (single, middle, late) = (try contents("s2"), try contents("middle"), try contents("late"))
    #expect(single.names.count == 122 && single.names.contains("layer2.0.downsample.1.num_batches_tracked"))
    func branches(_ names: Set<String>, _ isShared: (String) -> Bool) -> Set<String> {
      Set(names.flatMap { name in isShared(name) ? [name] : ["s2.\(name)", "s1.\(name)"] })
    }
    #expect(late.names == branches(single.names) { _ in false })
    #expect(
      middle.names
        == branches(single.names) { name in ["layer3.", "layer4.", "fc."].contains(where: name.hasPrefix) })
    let bands = "s2: B2 B3 B4 B5 B6 B7 B8 B8A B11 B12"
    #expect(single.metadata["bands"] == bands)
    for metadata in [middle.metadata, late.metadata] {
      #expect(metadata["bands"] == bands + "; s1: VV VH")
      #expect(metadata["classes"]?.components(separatedBy: "; ").count == 10)
      let figures = try JSON(data: Data(try #require(metadata["normalisation"]).utf8))
      #expect(figures.s1.mean.array.count == 2 && figures.s2.std.array.count == 10)
    }
    let page = try String(contentsOf: Self.page, encoding: .utf8)
    #expect(page.contains("`\(try #require(middle.metadata["fusion"]))`"))
    #expect(single.metadata["labels"]?.hasSuffix("multi") == true)
    let code = try blocks(patch: "patch.tif")
    for key in ["bands", "classes", "normalisation"] {
      #expect(code.contains("metadata[\"\(key)\"]") && single.metadata[key] != nil)
    }
  }

  @Test func widePredictionsHoldTheSameAsNames() throws {
    let checkpoint = ["--checkpoint", networks.run("early").path("best")]
    func rows(_ more: [String]) throws -> [[String]] {
      try TrainedRun.succeed(
        ["validate", "--quiet", "--json", "--predictions", scratch.file("p.csv").path] + more + checkpoint
          + networks.sample.places)
      return try String(contentsOf: scratch.file("p.csv"), encoding: .utf8).split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
    }
    let (names, wide) = (try rows([]), try rows(["--wide"]))
    let classes = Array(names[0].dropFirst(2).dropLast(2))
    #expect(
      wide[0]
        == ["id", "scene"]
        + ["probability", "predicted", "truth"].flatMap { figure in classes.map { "\(figure).\($0)" } })
    #expect(wide.count == 5 && names.count == 5)
    for (row, expected) in zip(wide, names).dropFirst() {
      #expect(row.prefix(12) == expected.prefix(12))
      func present(_ cells: ArraySlice<String>) -> String {
        zip(classes, cells).filter { $0.1 == "1" }.map(\.0).joined(separator: ";")
      }
      #expect([present(row[12..<22]), present(row[22..<32])] == expected.suffix(2))
      #expect(row[12...].allSatisfy { ["0", "1"].contains($0) })
    }
    let alone = try refusal(["validate", "--wide"] + checkpoint + networks.sample.places)
    #expect(alone.status == 64 && alone.lines.first?.contains("--wide says how --predictions") == true)
  }
}

extension ShellRun {
  /// Runs a script whose `$python` is an interpreter.
  fileprivate static func run(_ script: String, _ python: String) throws -> BuiltProgram.Result {
    try run(script, environment: ["python": python])
  }
}
