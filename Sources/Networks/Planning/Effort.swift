/// What an instruction really does, beside reading and writing its buffers: what its time follows from.
struct Effort: Sendable {
  /// Operations of matrix products as they are computed, two for each multiplication and addition.
  var products = 0
  /// What these multiply.
  var operands = ProductOperands.float32
  /// Products, each with a cost of its own, of which these consist.
  var calls = 0
  /// Numbers that are gathered, packed, transformed or summed in the caches on the way.
  var prepared = 0
  /// Bytes read and written beside the buffers: weights and their gradients.
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
  public func predictedSeconds(on machine: MachineRates) -> Double {
    instructions.indices.reduce(0) { $0 + predictedSeconds(of: $1, on: machine) }
  }

  func predictedSeconds(of index: Int, on machine: MachineRates) -> Double {
    let effort = instructions[index].effort
    let bytes = effort.bytes + bufferBytes(of: index)
    let seconds =
      Double(effort.products) / machine.products(of: effort.operands) + Double(effort.calls)
      * machine.secondsPerCall / Double(machine.threads)
      + Double(effort.prepared) / machine.prepared + Double(bytes) / machine.bytes
    return seconds * machine.idleFactor(tasks: effort.tasks) + machine.secondsPerSection
  }

  /// What a third-level cache may be expected to hold until it is visited again.
  private static let cachedBytes = 16 << 20

  /// Bytes of all visits to buffers: those that are read and written count twice, later visits only where no
  /// cache has kept the buffer.
  private func bufferBytes(of index: Int) -> Int {
    let instruction = instructions[index]
    func bytes(_ buffer: BufferID) -> Int { 4 * buffers[buffer.index].floats }
    let revisits = instruction.effort.revisits.filter { bytes($0) > Self.cachedBytes }
    return (instruction.reads + instruction.writes + revisits).reduce(0) { $0 + bytes($1) }
  }
}
