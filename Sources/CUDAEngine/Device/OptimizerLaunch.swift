import CCUDA
import Networks

#if canImport(Glibc)
  import Glibc
#endif

/// The update of all parameters in one launch. In float16 two more decide before it whether the step counts.
final class OptimizerLaunch {
  private struct Launch {
    let kernel: String
    let function: fcu_function
    let arguments: PackedArguments
    let shape: LaunchShape
  }

  private let rule: OptimizerRule
  private let launches: [Launch]

  /// - Parameter scalesLoss: whether gradients are multiples of the loss times a scale.
  init(
    _ rule: OptimizerRule, _ policies: [UpdatePolicy], _ arrays: CUDAArrays, _ gradients: fcu_address,
    _ control: CUDAControl, scalesLoss: Bool, _ device: CUDADevice
  ) throws {
    self.rule = rule
    let segments = CUDAControl.segments(arrays.layout, policies)
    try device.upload(segments, to: control.segments, "sending the segments of the optimizer")
    let common: [PackedArguments.Value] = [
      .address(control.segments), .int(Int32(segments.count)), .address(control.step),
      .address(control.flags),
    ]
    let (values, count) = (arrays.values.address, arrays.layout.count)
    let (kernel, arguments): (String, [PackedArguments.Value])
    var betas = (0.0, 0.0)
    switch rule {
    case .adam(let beta1, let beta2, let epsilon, let weightDecay):
      betas = (OptimizerRule.decimal(beta1), OptimizerRule.decimal(beta2))
      kernel = "adam"
      arguments =
        [
          .address(values), .address(gradients), .address(arrays.slots[0].address),
          .address(arrays.slots[1].address), .count(count),
        ] + common + [
          .float(epsilon), .float(weightDecay), .double(1 - betas.0), .double(1 - betas.1),
        ]
    case .sgd(let momentum, let dampening, let nesterov, let weightDecay):
      kernel = "sgd"
      arguments =
        [
          .address(values), .address(gradients), .address(arrays.slots.first?.address ?? 0), .count(count),
        ] + common + [.float(momentum), .float(dampening), .float(weightDecay), .int(nesterov ? 1 : 0)]
    }
    func launch(_ kernel: String, _ arguments: [PackedArguments.Value], _ shape: LaunchShape) throws -> Launch
    {
      Launch(
        kernel: kernel, function: try device.kernels.function(kernel), arguments: PackedArguments(arguments),
        shape: shape)
    }
    var launches: [Launch] = []
    if scalesLoss {
      launches.append(
        try launch(
          "finite_flag", [.address(gradients), .count(count), .address(control.skip)], .strided(count)))
      launches.append(
        try launch(
          "update_scale",
          [
            .address(control.step), .address(control.lossScale), .address(control.flags), .double(betas.0),
            .double(betas.1), .int(Int32(LossScale.growthInterval)),
          ], .one))
    }
    launches.append(try launch(kernel, arguments, .pass(count: count)))
    self.launches = launches
  }

  /// The numbers of an update.
  /// - Parameter steps: updates done so far. With a scale of the loss the GPU counts them by itself.
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

  func run(in stream: CUDAStream) throws {
    for launch in launches {
      try stream.launch(launch.function, launch.kernel, launch.arguments, launch.shape)
    }
  }
}
