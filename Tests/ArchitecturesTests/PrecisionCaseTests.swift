import Networks
import TestSupport
import Testing

/// Whole networks in bfloat16 against PyTorch in float64.
///
/// The yardstick is PyTorch 2.13 under autocast in bfloat16, on the fifteen cases of one network. Its largest
/// relative errors:
///
/// - 1.5e-2 in the logits of an evaluation, 6.8e-2 in the logits of a training step;
/// - 3.7e-3 in the first loss, 2.0e-4 in the norms of running variances;
/// - 0.28 in the norms of gradients, whose median error is 1.8e-2: small batches of small images lose digits
///   in their batch norms.
///
/// Other roundings of the same size may double an error. They may make that of the loss four times as large:
/// errors in a single number may cancel or not.
@Suite(.serialized) struct PrecisionCaseTests {
  /// Deeper networks run in bf16 where the processor multiplies bfloat16, elsewhere in its emulation.
  @Test(arguments: ReferenceCase.runs(on: Precision.available(.auto).filter { $0 != .fp32 }))
  func agreesWithPyTorch(_ reference: ReferenceCase, _ precision: Precision) throws {
    let expected = try Fixtures.tensors("models/\(reference.name).safetensors")
    let manifest = try Fixtures.json(reference.manifest)
    let run = try ReferenceRun(reference, target: expected["target"], precision: precision)
    for (name, logits) in run.evaluate() {
      #expect(relativeError(logits, expected["eval.\(name)"].values) < 2.4e-2, "\(name)")
    }
    let (outputs, losses) = run.differentiate()
    for (name, logits) in outputs where expected.entries["train.\(name)"] != nil {
      #expect(relativeError(logits, expected["train.\(name)"].values) < 0.14, "\(name)")
    }
    for (loss, exact) in zip(losses, expected["losses"].values) {
      #expect(abs(loss - exact) < 1.5e-2 * abs(exact))
    }
    for (norm, exact) in zip(manifest.batchnorms_in_order.strings, expected["bn.running_var.norm"].values) {
      #expect(error(run.statistic("\(norm).running_var"), exact) < 3.6e-4, "\(norm)")
    }
    let parameters = manifest.parameters_in_optimizer_order.strings
    let errors = zip(parameters, expected["grad.norm"].values).map { error(run.gradient($0), $1) }.sorted()
    #expect(errors.count == parameters.count && !errors.isEmpty)
    #expect(errors[errors.count / 2] < 2.8e-2 && errors.last! < 0.26)
  }

  /// The relative error of the Euclidean norm.
  private func error(_ values: [Float], _ exact: Double) -> Double {
    let norm = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    return abs(norm - exact) / exact
  }
}
