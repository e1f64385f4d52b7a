import CPUEngine
import TestSupport
import Testing

/// Whole networks against PyTorch in float64: an evaluation, a training step, and the losses of four more
/// steps.
///
/// One case at a time: filling and holding up to 85 million parameters is the expensive part.
@Suite(.serialized) struct ReferenceCaseTests {
  @Test(arguments: ReferenceCase.runs(on: [.auto] + KernelPath.available.filter { $0 != .auto }))
  func agreesWithPyTorch(_ reference: ReferenceCase, _ kernels: KernelPath) throws {
    let expected = try Fixtures.tensors("models/\(reference.name).safetensors")
    let manifest = try Fixtures.json(reference.manifest)
    let run = try ReferenceRun(reference, target: expected["target"], kernels: kernels)
    let comparison = ReferenceComparison(
      reference: reference, expected: expected, parameters: manifest.parameters_in_optimizer_order.strings,
      norms: manifest.batchnorms_in_order.strings)

    comparison.checkEvaluation(run.evaluate())
    if reference.hasLargeImage { comparison.checkLargeImage(try run.evaluateLargeImage()) }

    let (outputs, losses) = run.differentiate()
    comparison.checkTrainLogits(outputs)
    comparison.checkLosses(losses, step: 0)
    comparison.checkRunningStatistics(run)
    try comparison.checkGradients(run)
    run.update()
    comparison.checkParameters(run)

    for step in 1..<5 {
      comparison.checkLosses(run.differentiate().losses, step: step)
      run.update()
    }
  }
}
