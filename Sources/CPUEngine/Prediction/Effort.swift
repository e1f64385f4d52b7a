import Networks

/// The work of one instruction, apart from one visit to each of its buffers. The predicted time depends on both.
struct Effort: Sendable {
  /// Floating-point operations of the matrix products, two for each multiply-add; Winograd's count as computed.
  var products = 0
  /// Operands of the matrix products.
  var operands = ProductOperands.float32
  /// Number of kernel calls for the matrix products; each call has a fixed cost.
  var calls = 0
  /// Numbers that are gathered, packed, transformed or summed in the caches.
  var prepared = 0
  /// Bytes read and written outside the buffers: weights and their gradients.
  var bytes = 0
  /// Buffers that are visited a second time.
  var revisits: [BufferID] = []
  /// Number of equal tasks into which the work is cut; nil if there are tasks enough for any number of threads.
  var tasks: Int?
}

extension CPUProgram {
  /// Predicted seconds of one run on a machine.
  ///
  /// The times of an instruction's parts are added up. In truth they overlap; the fitted factors of `MachineRates`
  /// account for that.
  package func predictedSeconds(on machine: MachineRates) -> Double {
    zip(instructions, traffic).reduce(0) { total, part in
      let (effort, traffic) = (part.0.effort, part.1)
      let seconds =
        Double(effort.products) / machine.products(of: effort.operands) + Double(effort.calls)
        * machine.secondsPerCall / Double(machine.threads) + Double(effort.prepared) / machine.prepared
        + Double(traffic.far) / machine.copyBytesPerSecond + Double(traffic.near)
        / machine.cachedBytesPerSecond
        + Double(effort.bytes) / machine.weightBytesPerSecond
      return total + seconds * machine.idleFactor(tasks: effort.tasks) + machine.secondsPerSection
    }
  }
}
