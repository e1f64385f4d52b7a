extension ParameterStore {
  /// The memory of all parameters and of all running statistics. It means the same in every process that runs
  /// the same graph.
  package var memory: [UnsafeMutableRawBufferPointer] {
    [values, statisticValues].map { UnsafeMutableRawBufferPointer($0.elements) }
  }

  /// The memory of all running statistics.
  package var statisticMemory: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(statisticValues.elements)
  }

  /// A checksum of all parameters and running statistics (FNV-1a on words of 64 bits).
  package var checksum: UInt64 {
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    for bytes in memory {
      // Buffers are filled up to 64 bytes.
      for word in bytes.bindMemory(to: UInt64.self) { sum = (sum ^ word) &* 0x100_0000_01b3 }
    }
    return sum
  }
}

extension Optimizer {
  /// The memory of its state.
  package var memory: [UnsafeMutableRawBufferPointer] {
    slots.map { UnsafeMutableRawBufferPointer($0.elements) }
  }
}
