import Foundation
import TestSupport
import Testing

/// Five trained networks: the paper's experiments in small.
final class TrainedNetworks: Sendable {
  @TaskLocal static var current: TrainedNetworks!

  static let settings = [
    "s1": ["model.sensors=[s1]"], "s2": ["model.sensors=[s2]"],
    "early": ["model.fusion=early", "model.sensors=[s2,s1]"],
    "middle": ["model.fusion=middle", "model.sensors=[s2,s1]"],
    "late": ["model.fusion=late", "model.sensors=[s2,s1]"],
  ]

  let sample: SampleData

  init() throws {
    sample = try SampleData()
    for (name, settings) in Self.settings {
      try sample.train(sample.folder.file(name), set: settings + ["name=\(name)"], ["--epochs", "2"])
    }
  }

  func run(_ name: String) -> RunFiles { RunFiles(sample.folder.file(name)) }
}

struct TrainedNetworksTrait: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await TrainedNetworks.$current.withValue(TrainedNetworks()) { try await function() }
  }
}

/// A predictions file.
private struct Predictions {
  let header: [String]
  let rows: [[String]]

  init(_ url: URL) throws {
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    (header, rows) = (lines[0], Array(lines.dropFirst()))
  }

  var classes: [String] { Array(header.dropFirst(2).dropLast(2)) }
  var probabilities: [[Double]] { rows.map { $0.dropFirst(2).dropLast(2).map { Double($0) ?? .nan } } }
  /// Predicted and true classes.
  var decisions: [[String]] { rows.map { Array($0.suffix(2)) } }
}

private func largestDifference(_ a: [[Double]], _ b: [[Double]]) -> Double {
  guard a.map(\.count) == b.map(\.count) else { return .infinity }
  return zip(a.joined(), b.joined()).map { abs($0 - $1) }.reduce(0) { $1.isNaN ? .infinity : max($0, $1) }
}

@Suite(TrainedNetworksTrait()) struct EvaluationTests {
  let networks = TrainedNetworks.current!
  let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func evaluate(
    _ command: String, _ checkpoint: [String], _ more: [String] = []
  ) throws -> (metrics: JSON, predictions: Predictions, csv: String) {
    let file = scratch.file("\(UUID().uuidString).csv")
    let output = try TrainedRun.succeed(
      [command] + checkpoint + networks.sample.places + ["--json", "--quiet", "--predictions", file.path]
        + more)
    return (
      try JSON(data: Data(output.utf8)), try Predictions(file), try String(contentsOf: file, encoding: .utf8)
    )
  }

  private func best(_ name: String) -> [String] { ["--checkpoint", networks.run(name).path("best")] }

  /// Bit for bit the same on any number of threads. Another batch size may give a patch other rows of a matrix
  /// product, and OpenBLAS sums the rows that fill its blocks in another order than those that are left over;
  /// a network of eight steps makes some 1e-5 of that.
  @Test(arguments: ["early", "late"]) func resultsDependNeitherOnBatchesNorOnThreads(name: String) throws {
    func result(_ size: Int, _ threads: Int) throws -> (metrics: JSON, predictions: Predictions, csv: String)
    {
      try evaluate(
        "validate", best(name), ["--kernels", "blas", "--batch-size", "\(size)", "--threads", "\(threads)"])
    }
    let one = try result(1, 1)
    for size in [1, 3, 8, 64] {
      let first = try result(size, 1)
      for threads in [2, 3] {
        #expect(try result(size, threads).csv == first.csv, "\(threads) threads, batches of \(size)")
      }
      #expect(first.predictions.decisions == one.predictions.decisions)
      #expect(largestDifference(first.predictions.probabilities, one.predictions.probabilities) <= 5e-5)
      // Figures that count decisions are equal; the others rank probabilities, which are far enough apart.
      let values = { (result: JSON) in result.metrics.values.dictionary.mapValues(\.double) }
      #expect(values(first.metrics) == values(one.metrics) && values(one.metrics).count > 20)
      #expect(abs(first.metrics.loss.double! - one.metrics.loss.double!) <= 5e-5)
    }
  }

  static let hasOwnKernels =
    (try? BuiltProgram.run([
      "plan", "--config", TrainedRun.repository.appending(path: "configs/demo/s1.yaml").path, "--kernels",
      "avx512",
    ]).status) == 0

  /// Our own products sum every row in the same order, so here the batches do not even change the last bit.
  @Test(.enabled(if: hasOwnKernels, "the processor has no AVX-512"), arguments: ["early", "late"])
  func ownKernelsGiveTheSameBitsInAllBatches(name: String) throws {
    let results = try [1, 3, 8, 64].map { size in
      try evaluate("validate", best(name), ["--kernels", "avx512", "--batch-size", "\(size)"]).csv
    }
    #expect(Set(results).count == 1)
  }

  @Test func predictionsTellEveryPatch() throws {
    let result = try evaluate("test", best("s2"))
    let predictions = result.predictions
    #expect(
      predictions.header.prefix(2) == ["id", "scene"]
        && predictions.header.suffix(2) == ["predicted", "truth"])
    #expect(
      predictions.classes == (try networks.run("s2").summary.classes.strings)
        && predictions.classes.count == 10)
    #expect(predictions.rows.count == 4 && predictions.rows.allSatisfy { $0.count == 14 })
    for (row, probabilities) in zip(predictions.rows, predictions.probabilities) {
      let scene = row[0].replacing(/_p\d+\.tif$/, with: "").replacing("_s2_", with: "_")
      #expect(row[0].hasSuffix(".tif") && row[1] == scene)
      let predicted = zip(predictions.classes, probabilities).filter { $0.1 >= 0.5 }.map(\.0)
      #expect(row[12] == predicted.joined(separator: ";"))
      #expect(row[13].split(separator: ";").allSatisfy { predictions.classes.contains(String($0)) })
    }
    // The paper's OA from the file itself.
    let jaccard = predictions.decisions.map { decision -> Double in
      let (predicted, truth) = (
        Set(decision[0].split(separator: ";")), Set(decision[1].split(separator: ";"))
      )
      return Double(predicted.intersection(truth).count) / Double(predicted.union(truth).count)
    }
    let metrics = result.metrics.metrics
    let mean = try #require(metrics.values.jaccard_sample.double)
    #expect(abs(mean - jaccard.reduce(0, +) / 4) < 1e-12 && metrics.paper.OA.double == mean)
    for (index, name) in predictions.classes.enumerated() {
      let highest = predictions.probabilities.map { $0[index] }.max()
      #expect(
        metrics.classes[index].highest_probability.double.map { Float($0) } == highest.map { Float($0) })
      #expect(metrics.paper.CWA[name].double == metrics.classes[index].accuracy.double)
    }
  }

  @Test func aTestIsAddedToTheSummaryOfItsRun() throws {
    // A copy: other tests add to the run itself.
    let run = RunFiles(scratch.file("run"))
    try FileManager.default.copyItem(at: networks.run("middle").url, to: run.url)
    let result = try evaluate("test", ["--checkpoint", run.path("best")])
    let kept = try #require(try run.summary.tests.array.last).metrics
    #expect(
      kept.values.dictionary.mapValues(\.double)
        == result.metrics.metrics.values.dictionary.mapValues(\.double))
    // A checkpoint elsewhere, or a validation, leaves no trace.
    let elsewhere = scratch.file("copy.h5")
    try FileManager.default.copyItem(atPath: run.path("best"), toPath: elsewhere.path)
    let before = try run.text("summary.json")
    let copy = try evaluate("test", ["--checkpoint", elsewhere.path])
    #expect(copy.csv == result.csv)
    _ = try evaluate("validate", ["--checkpoint", run.path("best")])
    #expect(try run.text("summary.json") == before)
  }

  @Test func twoNetworksAreFusedPatchByPatch() throws {
    let (s1, s2) = (networks.run("s1").path("best"), networks.run("s2").path("best"))
    let fused = try evaluate("test", ["--checkpoint-s1", s1, "--checkpoint-s2", s2])
    let swapped = try evaluate("test", ["--checkpoint-s2", s2, "--checkpoint-s1", s1])
    #expect(fused.csv == swapped.csv)
    let listed = try evaluate("test", ["--checkpoints", s2, s1])
    #expect(fused.csv == listed.csv)
    let single = try ["s1", "s2"].map { try evaluate("test", best($0)).predictions }
    #expect(single.map { $0.rows.map(\.[0]) }.allSatisfy { $0 == fused.predictions.rows.map(\.[0]) })
    func logit(_ probability: Double) -> Double { log(probability / (1 - probability)) }
    // A probability near 1, in 24 bits, has lost its logit; smaller ones have theirs to some 1e-5.
    let known = 1e-30...1 - 1e-3
    var compared = 0
    for (patch, probabilities) in fused.predictions.probabilities.enumerated() {
      for (index, probability) in probabilities.enumerated() {
        let parts = single.map { $0.probabilities[patch][index] }
        guard parts.allSatisfy(known.contains) else { continue }
        let mean = parts.map(logit).reduce(0, +) / 2
        #expect(abs(logit(probability) - mean) < 1e-4 * max(1, abs(mean)), "patch \(patch), class \(index)")
        compared += 1
      }
    }
    #expect(compared >= 10, "\(single.map(\.probabilities))")
    #expect(largestDifference(fused.predictions.probabilities, single[0].probabilities) > 1e-3)
  }

  @Test func networksThatCannotBeFused() throws {
    let paths = TrainedNetworks.settings.keys.reduce(into: [:]) { $0[$1] = networks.run($1).path("best") }
    let (s1, s2) = (paths["s1"]!, paths["s2"]!)
    let full = try networks.sample.train(scratch.file("full"), set: ["labels.scheme=full"])
    let cases: [(String, String, String)] = [
      (s2, s1, "--checkpoint-s1 \(s2): is a network for s2; give a network for s1 alone"),
      (s1, s1, "--checkpoint-s2 \(s1): is a network for s1; give a network for s2 or rgb alone"),
      (
        s1, paths["early"]!,
        "--checkpoint-s2 \(paths["early"]!): is a network for s2 and s1; give a network for s2 or rgb alone"
      ),
      (s1, full.path("best"), "was trained with labels.scheme full, but \(s1) with simplified"),
    ]
    for (first, second, message) in cases {
      let refused = try refusal(
        ["test", "--checkpoint-s1", first, "--checkpoint-s2", second] + networks.sample.places)
      #expect(refused.status == 2 && refused.lines.count == 1 && refused.output.isEmpty)
      #expect(refused.lines.first?.contains(message) == true, "\(refused.lines)")
    }
    for flags in [
      [], ["--checkpoint-s1", s1], ["--checkpoint", s1, "--checkpoint-s1", s1, "--checkpoint-s2", s2],
    ] {
      let refused = try refusal(["test"] + flags + networks.sample.places)
      #expect(refused.status == 64)
      #expect(
        refused.lines.first
          == "fusionctl: Give a run or --checkpoint, both --checkpoint-s1 and --checkpoint-s2, or two or more "
          + "--checkpoints")
    }
  }

  /// A device is written to, not replaced by a file.
  @Test func predictionsToADevice() throws {
    let link = scratch.file("nowhere")
    try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: "/dev/null")
    try TrainedRun.succeed(
      ["test", "--quiet", "--predictions", link.path] + best("s1") + networks.sample.places)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == "/dev/null")
  }

  @Test func predictionsThatCannotBeWrittenAreRefusedFirst() throws {
    for (path, problem) in [
      (scratch.file("absent/p.csv").path, "cannot be written"), (scratch.path, "is a folder"),
    ] {
      let refused = try refusal(["test", "--predictions", path] + best("s1") + networks.sample.places)
      #expect(refused.status == 1 && refused.lines.count == 1 && refused.output.isEmpty)
      #expect(refused.lines[0].hasPrefix("fusionctl: \(path): \(problem)"), "\(refused.lines)")
    }
  }

  @Test func fiveRunsSideBySide() throws {
    let names = ["s1", "s2", "early", "middle", "late"]
    var accuracies: [Double] = []
    for name in names {
      accuracies.append(
        try #require(try evaluate("test", best(name)).metrics.metrics.paper.OA.double))
    }
    let folders = names.map { networks.run($0).url.path }
    let document = try JSON(data: Data(TrainedRun.succeed(["compare", "--json"] + folders).utf8))
    #expect(document.array.map(\.name.string) == names)
    #expect(document.array.map(\.title.string) == names)
    #expect(document.array.map(\.test.paper.OA.double) == accuracies)
    #expect(
      document.array.map(\.parameters.int)
        == [11_178_506, 11_203_594, 11_209_866, 11_883_530, 22_382_100])
    let text = try TrainedRun.succeed(["compare"] + folders)
    let markdown = try TrainedRun.succeed(["compare", "--markdown"] + folders)
    for name in names {
      #expect(
        text.split(separator: "\n").contains { $0.contains("  \(name)") } && markdown.contains("| \(name) "),
        "\(name)")
    }
    for accuracy in accuracies {
      let figure = String(format: "%.4f", accuracy)
      #expect(text.contains(figure) && markdown.contains(figure))
    }
    let both = try refusal(["compare", "--json", "--markdown"] + folders)
    #expect(both.status == 64 && both.lines.first == "fusionctl: --json and --markdown exclude each other")
  }
}
