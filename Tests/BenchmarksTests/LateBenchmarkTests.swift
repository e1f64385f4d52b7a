import Basics
import Benchmarks
import Experiments
import Extending
import Testing

/// A benchmark of a device that takes samples as they are stored and returns results one step late.
@Suite struct LateBenchmarkTests {
  @Test func everyStepIsTimed() throws {
    let experiment = try Experiment(
      yaml: """
        name: late
        model: {architecture: resnet18, fusion: middle, sensors: [s2, s1]}
        training: {batch_size: 2}
        evaluation: {batch_size: 2}
        threads: 2
        """, source: "late.yaml", overrides: [])
    for part in [Benchmark.Part.step, .eval] {
      let result = try Benchmark(
        experiment, fileSize: PatchSize(32), on: LateDevice(threads: 2), only: part, repeats: 3, source: nil,
        progress: .silent
      ).run()
      let figures = try #require(part == .step ? result.step : result.evaluation)
      #expect(figures.seconds.all.count == 3 && figures.seconds.all.allSatisfy { $0 > 0 })
      #expect(figures.kinds.contains { $0.seconds > 0 })
    }
  }
}
