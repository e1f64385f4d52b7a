import Basics
import DataSets
import Dispatch
import Experiments
import Foundation
import Imagery
import SEN12MS
import Synchronization
import TestSupport
import Testing
import Training

/// Trained networks on arrays, as a package that imports `Training` uses them.
extension EvaluationTests {
  /// The test patches of the sample: their raw samples, and the probabilities that `fusionctl test` writes.
  private func testPatches(
    _ name: String, for classifier: Classifier
  ) throws -> (images: [String: Classifier.Images], probabilities: [Float]) {
    let file = scratch.file("\(UUID().uuidString).csv")
    try TrainedRun.succeed(
      ["test", "--checkpoint", networks.run(name).path("best"), "--quiet", "--predictions", file.path]
        + networks.sample.places)
    let rows = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    var images: [String: Classifier.Images] = [:]
    for input in classifier.inputs {
      let sensor = try #require(Manifest.sen12ms.input(named: input.name))
      let samples = try rows.flatMap { row in
        let numbers = row[0].split { !$0.isNumber }.compactMap { Int($0) }
        let season = try #require(Season.allCases.first { row[0].contains("_\($0.name)_") })
        let patch = PatchID(roi: numbers[0], season: season, scene: numbers[2], patch: numbers[3])
        return try DataFolder(networks.sample.data).store(of: [patch]).samples(
          of: 0, sensor, size: PatchSize(32))
      }
      images[input.name] = .init(samples, shape: [rows.count, 32, 32, input.bands.count])
    }
    return (images, rows.flatMap { $0[2..<12].compactMap { Float($0) } })
  }

  private func classifier(_ name: String) throws -> Classifier {
    try Classifier(contentsOf: networks.run(name).url.path, threads: 1)
  }

  /// Reflectance of some images that no patch has.
  private func reflectance(_ count: Int) -> [Float] { (0..<count).map { Float(1000 + $0 * 7919 % 601) } }

  @Test(arguments: ["s1", "s2", "early", "middle", "late"]) func classifiersGiveTheBitsOfATest(name: String)
    throws
  {
    let classifier = try classifier(name)
    let (images, expected) = try testPatches(name, for: classifier)
    #expect(expected.count == 4 * classifier.classes.count && expected.allSatisfy(\.isFinite))
    #expect(try classifier.probabilities(images) == expected)
    let planes = images.mapValues { image in
      let (count, bands) = (image.shape[0], image.shape[3])
      let samples = (0..<count).flatMap { number in
        (0..<bands).flatMap { band in (0..<1024).map { image.samples[(number * 1024 + $0) * bands + band] } }
      }
      return Classifier.Images(samples, shape: [count, bands, 32, 32], layout: .channelsFirst)
    }
    #expect(try classifier.probabilities(planes) == expected)
  }

  /// An export is read as its checkpoint is, and imported without a configuration.
  @Test func exportsAreClassifiersToo() throws {
    let (weights, imported) = (scratch.file("s2.safetensors").path, scratch.file("fill.h5").path)
    try TrainedRun.succeed(
      "export", "--checkpoint", networks.run("s2").path("best"), "--out", weights, "--quiet")
    try TrainedRun.succeed(
      "import", "--weights", weights, "--out", imported, "--set", "data.nan=fill", "--quiet")
    let (run, export, fill) = (
      try classifier("s2"), try Classifier(contentsOf: weights, threads: 1),
      try Classifier(contentsOf: imported, threads: 1)
    )
    #expect(export.classes == run.classes && export.inputs == run.inputs && export.task == .multi)
    #expect(run.inputs.map(\.name) == ["s2"] && run.inputs[0].bands.last == "B12" && run.classes.count == 10)
    var pixels = reflectance(2 * 10_240)
    let expected = try run.probabilities(["s2": pixels], shape: [2, 32, 32, 10])
    for other in [export, fill] {
      #expect(try other.probabilities(["s2": pixels], shape: [2, 32, 32, 10]) == expected)
    }
    // A network that was trained to fill missing samples sees the mean of the band.
    pixels[10_240 + 3] = Normalisation.published[.s2].mean[3]
    let mean = try run.probabilities(["s2": pixels], shape: [2, 32, 32, 10])
    #expect(mean != expected)
    for missing in [Float.nan, .infinity] {
      pixels[10_240 + 3] = missing
      #expect(try fill.probabilities(["s2": pixels], shape: [2, 32, 32, 10]) == mean)
    }
  }

  @Test func resultsThatAreNotFiniteAreErrors() throws {
    let file = scratch.file("s2.safetensors")
    try TrainedRun.succeed(
      "export", "--checkpoint", networks.run("s2").path("best"), "--out", file.path, "--quiet")
    // Finite weights whose sums are not.
    var bytes = try Data(contentsOf: file)
    let start = 8 + bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
    let entry = try JSON(data: bytes.subdata(in: 8..<start))["fc.weight"]
    let range = entry.data_offsets[0].int! + start..<entry.data_offsets[1].int! + start
    let huge = [Float](repeating: .greatestFiniteMagnitude, count: range.count / 4)
    bytes.replaceSubrange(range, with: huge.withUnsafeBytes { Data($0) })
    try bytes.write(to: file)
    let classifier = try Classifier(contentsOf: file.path, threads: 1)
    let error = #expect(throws: InputError.self) {
      try classifier.probabilities(["s2": reflectance(10_240)], shape: [1, 32, 32, 10])
    }
    #expect(error?.kind == .numerics)
    #expect(
      error?.description.contains("image 0: the network's result is not finite; check the units (s2: reflec")
        == true)
  }

  @Test func classifiersTakeAnyNumberAndSize() throws {
    let classifier = try Classifier(contentsOf: networks.run("s2").path("best"), threads: 1, batchSize: 3)
    #expect(try classifier.probabilities(["s2": []], shape: [0, 32, 32, 10]).isEmpty)
    for shape in [[1, 1, 1, 10], [2, 17, 33, 10], [7, 32, 32, 10]] {
      let pixels = reflectance(shape.reduce(1, *))
      let all = try classifier.probabilities(["s2": pixels], shape: shape)
      #expect(all.count == shape[0] * 10 && all.allSatisfy { (0...1).contains($0) })
      let alone = try (0..<shape[0]).flatMap { number in
        let count = pixels.count / shape[0]
        return try classifier.probabilities(
          ["s2": Array(pixels[number * count..<(number + 1) * count])], shape: [1] + shape[1...])
      }
      #expect(zip(all, alone).allSatisfy { abs($0 - $1) <= 5e-5 })
    }
  }

  @Test func threadsShareAClassifier() throws {
    let classifier = try classifier("s2")
    let sizes = [1, 4, 2, 3]
    let expected = try sizes.map {
      try classifier.probabilities(["s2": reflectance($0 * 10_240)], shape: [$0, 32, 32, 10])
    }
    let found = Mutex([Int: [Float]]())
    let pixels = sizes.map { reflectance($0 * 10_240) }
    DispatchQueue.concurrentPerform(iterations: 4) { index in
      let result = try? classifier.probabilities(["s2": pixels[index]], shape: [sizes[index], 32, 32, 10])
      found.withLock { $0[index] = result }
    }
    #expect(found.withLock { found in sizes.indices.map { found[$0] } } == expected)
  }

  /// Whatever is given, the answer is an error with text.
  @Test func classifiersRefuseWhatDoesNotFit() throws {
    let (s2, middle) = (try classifier("s2"), try classifier("middle"))
    let image = [Float](repeating: 1000, count: 10_240)
    var holed = image
    holed[3 * 320 + 5 * 10 + 2] = .nan
    func expect(
      _ message: String, _ kind: InputError.Kind = .usage, _ body: () throws -> [Float],
      _ location: SourceLocation = #_sourceLocation
    ) {
      let error = #expect(throws: InputError.self, sourceLocation: location) { try body() }
      #expect(
        error?.kind == kind && error?.description.contains(message) == true, "\(error as Any)",
        sourceLocation: location)
    }
    let shape = [1, 32, 32, 10]
    expect("images 'S2': the network has no such input; did you mean 's2'?") {
      try s2.probabilities(["S2": image], shape: shape)
    }
    expect("it sees s2 (B2 B3") { try s2.probabilities(["thermal": image, "s2": image], shape: shape) }
    expect("images 's2': there are none") { try s2.probabilities([:]) }
    expect("needs 10240 samples, found 640") {
      try s2.probabilities(["s2": Array(image[..<640])], shape: shape)
    }
    expect("has 32 bands, expected 10 (B2 B3 B4 B5 B6 B7 B8 B8A B11 B12); give layout: .channelsFirst") {
      try s2.probabilities(["s2": image], shape: [1, 10, 32, 32])
    }
    expect("give layout: .channelsLast") {
      try s2.probabilities(["s2": image], shape: shape, layout: .channelsFirst)
    }
    expect("has 3 dimensions; give [N, H, W, 10]") {
      try s2.probabilities(["s2": image], shape: [32, 32, 10])
    }
    for shape in [
      [-1, 32, 32, 10], [1, 0, 32, 10], [1, -32, -32, 10], [1, 1, 10_240, 10], [1, .max, 1, 10],
    ] {
      expect("with sides of 1 to 8192 pixels") { try s2.probabilities(["s2": image], shape: shape) }
    }
    expect("needs more than") { try s2.probabilities(["s2": image], shape: [.max, 32, 32, 10]) }
    expect("sample 1012 is nan (image 0, band B4, row 3, column 5)", .data) {
      try s2.probabilities(["s2": holed], shape: shape)
    }
    expect("sample 1012 is nan (image 0, band B2, row 31, column 20)", .data) {
      try s2.probabilities(["s2": holed], shape: [1, 10, 32, 32], layout: .channelsFirst)
    }
    expect("images 's1': there are none") { try middle.probabilities(["s2": image], shape: shape) }
    expect("images 's1': are 1 image of 16×16 pixels, but those of s2 are 1 image of 32×32 pixels") {
      try middle.probabilities([
        "s2": .init(image, shape: shape),
        "s1": .init(.init(repeating: -10, count: 512), shape: [1, 16, 16, 2]),
      ])
    }
    // It still works.
    #expect(try s2.probabilities(["s2": image], shape: shape).allSatisfy(\.isFinite))
  }

  @Test func classifiersNeedATrainedNetwork() throws {
    let best = networks.run("s2").path("best")
    let silent = TrainedRun.fixture("hostile/st_good.safetensors")
    for (path, message) in [
      ("absent.h5", "does not exist"), (scratch.path, "is a folder"),
      (networks.sample.configuration, "is not a fusionctl checkpoint"),
      (silent, "does not say of what experiment its weights are"),
    ] {
      let error = #expect(throws: InputError.self) { try Classifier(contentsOf: path) }
      #expect(error?.kind == .checkpoint && error?.description.contains(message) == true, "\(error as Any)")
    }
    for (threads, batch, message) in [(0, nil, "threads 0: "), (1, -1, "batchSize -1: ")]
      as [(Int, Int?, String)]
    {
      let error = #expect(throws: InputError.self) {
        try Classifier(contentsOf: best, threads: threads, batchSize: batch)
      }
      #expect(error?.kind == .usage && error?.description.contains(message) == true, "\(error as Any)")
    }
    let refused = try refusal(["import", "--weights", silent, "--out", scratch.file("x.h5").path])
    #expect(refused.status == 2 && refused.lines.last?.contains("of what experiment") == true)
  }

  @Test func theExampleOfTheLibraryRuns() throws {
    let (images, expected) = try testPatches("s2", for: classifier("s2"))
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("runs").path, withDestinationPath: networks.sample.folder.path)
    let samples = try #require(images["s2"]).samples
    try samples.withUnsafeBytes { Data($0) }.write(to: scratch.file("patches.f32"))
    let result = try ShellRun.run(
      "cd \(scratch.path) && \"$example\" 32",
      environment: ["example": BuiltProgram.url(of: "ClassifyImages").path])
    #expect(result.status == 0, "\(result.errors)")
    let rows = result.output.split(separator: "\n")
    #expect(rows.compactMap { $0.split(separator: " ").last.flatMap { Float($0) } } == expected)
    #expect(rows.first?.hasPrefix("0 Forest ") == true)
  }
}
