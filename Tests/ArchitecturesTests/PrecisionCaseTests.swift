import Architectures
import Networks
import Testing

/// Whole networks in bfloat16 against PyTorch in float64.
@Suite(.serialized) struct PrecisionCaseTests {
  /// Deeper networks run in bf16 where the processor multiplies bfloat16, elsewhere in its emulation.
  @Test(arguments: ReferenceCase.runs(on: Precision.available(.auto).filter { $0 != .fp32 }))
  func agreesWithPyTorch(_ reference: ReferenceCase, _ precision: Precision) throws {
    let comparison = try ReferenceComparison(reference)
    let run = try ReferenceRun(reference, target: comparison.expected["target"], precision: precision)
    try comparison.checkRounded(run)
  }
}

extension ReferenceComparison {
  /// An evaluation and the gradients of a step, in a precision that rounds more than float32.
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
  func checkRounded(_ run: some ReferenceTraining) throws {
    for (name, logits) in try run.evaluate() where name.hasPrefix(FusionNetwork.logits) {
      check(.evaluation, "eval.\(name)", logits, within: 2.4e-2)
    }
    let (outputs, losses) = try run.differentiate()
    for (name, logits) in outputs where expected.entries["train.\(name)"] != nil {
      check(.trainLogits, "train.\(name)", logits, within: 0.14)
    }
    for (loss, exact) in zip(losses, expected["losses"].values) {
      check(.firstLoss, "loss 1", difference(loss, exact), within: 1.5e-2)
    }
    for (norm, exact) in zip(norms, expected["bn.running_var.norm"].values) {
      let error = difference(length(try run.statistic("\(norm).running_var")), exact)
      check(.statistics, "\(norm).running_var", error, within: 3.6e-4)
    }
    let errors = try zip(parameters, expected["grad.norm"].values)
      .map { difference(length(try run.gradient($0)), $1) }.sorted()
    #expect(errors.count == parameters.count && !errors.isEmpty)
    check(.medianGradient, "median of gradient norms", errors[errors.count / 2], within: 2.8e-2)
    check(.gradients, "gradient norms", errors.last!, within: 0.26)
  }
}
