import Foundation
import TestSupport
import Testing

/// The programs under `Examples/`, which see of the package what another package sees.
@Suite struct ExampleTests {
  private func run(_ script: String, _ names: [String]) throws -> BuiltProgram.Result {
    try ShellRun.run(
      "set -e\n" + script,
      environment: Dictionary(uniqueKeysWithValues: names.map { ($0, BuiltProgram.url(of: $0).path) }))
  }

  /// Zeros for weights make zeros of logits; random ones do not.
  @Test func aNetworkIsBuiltAndPredicts() throws {
    let result = try run(
      """
      "$BuildNetwork"
      head -c 50000000 /dev/zero >weights.f32
      "$BuildNetwork" weights.f32
      """, ["BuildNetwork"])
    #expect(result.status == 0, "\(result.errors)")
    let logits = result.output.split(separator: "\n").compactMap { Float($0) }
    #expect(logits.count == 40 && logits[20...].allSatisfy { $0 == 0 })
    #expect(logits[..<20].allSatisfy { $0.isFinite && $0 != 0 })
  }

  @Test func batchesAreReadAndANetworkIsTrained() throws {
    let result = try run(
      """
      "$program" synth --out data --scenes 5 --patches-per-scene 4 --size 32 --quiet
      "$ReadBatches" data data/labels_splits 32
      "$TrainNetwork" data data/labels_splits run
      "$program" inspect run/checkpoints/best.h5 >/dev/null
      """, ["ReadBatches", "TrainNetwork"])
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines.count { $0.contains("ROIs") } >= 1 && lines.contains("finished: run"), "\(lines)")
    #expect(lines.last?.hasPrefix("Forest, ") == true)
  }
}
