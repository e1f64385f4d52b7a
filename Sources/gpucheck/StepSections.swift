import Basics
import CUDAEngine
import Networks

/// Each operation in a small network: a training step and an evaluation beside the CPU's.
struct OperationSection {
  let run: CheckRun

  func write() throws {
    run.report.heading("Operations beside the CPU")
    run.report.paragraph(StepComparison.explanation)
    run.report.columns("operation", "type", width: 24, titles: StepDifference.titles)
    for example in OperationExample.all {
      let problem = try Problem(example.network(), memory: example.memory, seed: 11)
      try StepComparison(run: run, problem: problem).write(example.name) { precision, _ in
        .operations(precision)
      }
    }
  }
}

/// One training step and an evaluation of whole networks beside the CPU's.
struct NetworkSection {
  let run: CheckRun

  func write() throws {
    run.report.heading("Networks beside the CPU")
    let examples = run.options.isQuick ? NetworkExample.thin : NetworkExample.all
    run.report.paragraph(StepComparison.explanation)
    run.report.paragraph(StepLimits.explanation)
    run.report.paragraph(NetworkExample.sizes(of: examples))
    run.report.columns("network", "type", width: 24, titles: StepDifference.titles)
    for example in examples {
      let problem = try Problem(example.network(.binaryCrossEntropy), seed: 7)
      try StepComparison(run: run, problem: problem).write(example.name) {
        try .networks($0, rounded: $1)
      }
    }
  }
}

/// A training step in every precision beside the CPU's in float32.
private struct StepComparison {
  let run: CheckRun
  let problem: Problem

  /// Said above a table.
  static let explanation = """
    Largest differences from the CPU in fp32, as shares of its numbers: loss; outputs
    of a training step or an evaluation; running statistics; norms of gradients.
    """

  /// - Parameters:
  ///   - name: the first cell of the rows.
  ///   - limits: the largest differences by precision; `rounded` gives those of the CPU in bfloat16.
  func write(
    _ name: String,
    _ limits: (_ precision: Precision, _ rounded: () throws -> StepDifference) throws -> StepLimits
  ) throws {
    var reference: StepRecord?
    var stored: StepDifference?
    for precision in run.precisions {
      try run.check([name, precision.rawValue]) {
        let expected = try reference ?? StepRecord.run(problem, .fp32, on: run.cpu)
        reference = expected
        func difference(_ precision: Precision, on device: any Device) throws -> StepDifference {
          StepDifference(
            try StepRecord.run(problem, precision, on: device), from: expected, problem.graph.parameters)
        }
        let found = try difference(precision, on: run.gpu)
        let limits = try limits(precision) {
          let rounded = try stored ?? difference(run.roundedPrecision, on: run.cpu)
          stored = rounded
          return rounded
        }
        return (found.cells, found.outcome(limits))
      }
    }
  }
}
