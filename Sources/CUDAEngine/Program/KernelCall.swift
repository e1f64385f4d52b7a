import Networks

/// One launch of a kernel of our own.
///
/// A call is data: the executor looks up the kernel and turns each argument into an address or a number. Numbers that vary
/// from step to step lie in device memory (`.step`), so that one call serves all steps.
struct KernelCall: Sendable {
  /// An argument, in the order of the kernel's parameters.
  enum Argument: Sendable {
    /// The address of a buffer of the program.
    case buffer(BufferID)
    /// The null address: the operand is absent.
    case absent
    /// The float32 numbers of a parameter.
    case parameter(ParameterID)
    /// The float32 gradient of a parameter.
    case gradient(ParameterID)
    /// The float32 numbers of all parameters, and the same numbers in the shorter type that convolutions multiply.
    case parameters, shortParameters
    case statistic(StatisticID)
    /// The table of the numbers of the step.
    case step
    /// The loss scale of float16, and the count of updates.
    case lossScale
    /// The flags that say whether a number of the step was not finite.
    case flags
    /// The place of an objective's loss, in float64.
    case loss(Int)
    /// A 32-bit integer.
    case int(Int)
    /// A 64-bit unsigned integer.
    case count(Int)
    case float(Float)
  }

  let kernel: String
  /// The layer it works for.
  let layer: String
  let arguments: [Argument]
  let shape: LaunchShape
  /// Buffers that must hold what an earlier instruction wrote.
  let reads: [BufferID]
  /// Buffers that it writes.
  let writes: [BufferID]
}
