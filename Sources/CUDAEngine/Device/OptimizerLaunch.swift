import CCUDA
import Networks

#if canImport(Glibc)
  import Glibc
#endif

/// The update of all parameters in one launch.
final class OptimizerLaunch {
  private let rule: OptimizerRule
  private let kernel: String
  private let function: fcu_function
  private let arguments: PackedArguments
  private let shape: LaunchShape

  init(
    _ rule: OptimizerRule, _ policies: [UpdatePolicy], _ arrays: CUDAArrays, _ gradients: fcu_address,
    _ control: CUDAControl, _ device: CUDADevice
  ) throws {
    self.rule = rule
    let segments = CUDAControl.segments(arrays.layout, policies)
    try device.upload(segments, to: control.segments, "sending the segments of the optimizer")
    let common: [PackedArguments.Value] = [
      .address(control.segments), .int(Int32(segments.count)), .address(control.step),
      .address(control.flags),
    ]
    let (values, count) = (arrays.values.address, arrays.layout.count)
    switch rule {
    case .adam(let beta1, let beta2, let epsilon, let weightDecay):
      kernel = "adam"
      arguments = PackedArguments(
        [
          .address(values), .address(gradients), .address(arrays.slots[0].address),
          .address(arrays.slots[1].address), .count(count),
        ] + common + [
          .float(epsilon), .float(weightDecay), .double(1 - OptimizerRule.decimal(beta1)),
          .double(1 - OptimizerRule.decimal(beta2)),
        ])
    case .sgd(let momentum, let dampening, let nesterov, let weightDecay):
      kernel = "sgd"
      arguments = PackedArguments(
        [
          .address(values), .address(gradients), .address(arrays.slots.first?.address ?? 0), .count(count),
        ] + common + [.float(momentum), .float(dampening), .float(weightDecay), .int(nesterov ? 1 : 0)])
    }
    function = try device.kernels.function(kernel)
    shape = .pass(count: count)
  }

  /// The numbers of an update.
  /// - Parameter steps: updates done so far.
  func table(_ steps: Int) -> StepTable {
    var table = StepTable()
    table.initial = steps == 0 ? 1 : 0
    switch rule {
    case .adam(let beta1, let beta2, _, _):
      table.correction1 = 1 - pow(OptimizerRule.decimal(beta1), Double(steps + 1))
      table.correction2 = 1 - pow(OptimizerRule.decimal(beta2), Double(steps + 1))
    case .sgd: break
    }
    return table
  }

  func run(in stream: CUDAStream) throws { try stream.launch(function, kernel, arguments, shape) }
}
