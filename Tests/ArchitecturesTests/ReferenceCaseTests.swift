import CPUEngine
import Testing

/// Whole networks against PyTorch in float64: an evaluation, a training step, and the losses of four more
/// steps.
///
/// One case at a time: filling and holding up to 85 million parameters is the expensive part.
@Suite(.serialized) struct ReferenceCaseTests {
  @Test(arguments: ReferenceCase.runs(on: [.auto] + KernelPath.available.filter { $0 != .auto }))
  func agreesWithPyTorch(_ reference: ReferenceCase, _ kernels: KernelPath) throws {
    let comparison = try ReferenceComparison(reference)
    try comparison.check(ReferenceRun(reference, target: comparison.expected["target"], kernels: kernels))
  }
}
