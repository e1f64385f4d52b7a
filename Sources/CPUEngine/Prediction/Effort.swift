import Networks

/// The work of one instruction besides one visit to each of its buffers. Its predicted time follows from it.
struct Effort: Sendable {
  /// Operations of matrix products as they are computed, two for each multiplication and addition.
  var products = 0
  /// What these multiply.
  var operands = ProductOperands.float32
  /// Products, each with a cost of its own, of which these consist.
  var calls = 0
  /// Numbers that are gathered, packed, transformed or summed in the caches on the way.
  var prepared = 0
  /// Bytes read and written besides the buffers: weights and their gradients.
  var bytes = 0
  /// Buffers that are visited a second time.
  var revisits: [BufferID] = []
  /// Tasks into which the work is cut; nil for as many as there may be threads.
  var tasks: Int?
}

extension CPUProgram {
  /// Seconds that one run takes on a machine, as its instructions say.
  ///
  /// Every part of an instruction takes its time one after the other; what overlaps is in the shares of the
  /// rates that are reached (`MachineRates`).
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
