import Basics
import CKernels
import Networks
import Synchronization

/// The CPU as a device: a pool of threads, which start when they are first needed, and a kernel path.
public final class CPUDevice: Device {
  package let name = "cpu"
  package let model: String? = nil
  package let notes: [String]
  package let threads: Int
  package let batchForm = BatchForm.floats
  /// Kernels that compute the matrix products.
  let kernels: KernelPath
  /// Number of cores that the process may use.
  private let cores: Int
  private let isPinned: Bool
  private let state = Mutex(State())

  private struct State {
    var pool: ThreadPool?
    /// Measured rates, by precision.
    var rates: [Precision: MachineRates] = [:]
  }

  /// A device of `threads` threads with the fastest kernels that the processor has.
  public convenience init(threads: Int) { self.init(threads: threads, cores: ThreadPool.maskCores) }

  /// - Parameters:
  ///   - threads: number of computing threads.
  ///   - cores: number of cores that the process may use.
  ///   - isPinned: whether each thread keeps to one core; without effect for more threads than cores.
  ///   - kernels: kernel path; the processor must have it.
  ///   - notes: sentences for the user on the choice of the device.
  package init(
    threads: Int, cores: Int = ThreadPool.maskCores, isPinned: Bool = false, kernels: KernelPath = .auto,
    notes: [String] = []
  ) {
    precondition(kernels.isAvailable, "the processor has no kernels \(kernels.rawValue)")
    (self.threads, self.cores, self.isPinned) = (threads, cores, isPinned)
    (self.kernels, self.notes) = (kernels, notes)
  }

  package var agreement: [(name: String, value: String)] { [("--kernels", kernels.rawValue)] }

  package var threadCounts: ThreadCounts {
    state.withLock { ThreadCounts(sections: $0.pool?.sections ?? 0, sleeps: $0.pool?.sleeps ?? 0) }
  }

  package func require(_ precision: Precision) throws { try precision.require(kernels) }

  package func plan(_ request: NetworkRequest) -> ExecutionPlan {
    CPUPlan(request, device: self).execution
  }

  package func memory() -> AcceleratorMemory? { nil }

  /// Reserves the memory that the plan lists.
  public func executor(_ request: NetworkRequest, ranks: any Communicator) throws -> any Executor {
    try CPUNetwork(CPUPlan(request, device: self), ranks: ranks)
  }

  package func facts(_ precision: Precision) -> DeviceFacts {
    DeviceFacts(
      instructions: String(cString: fk_peak_instructions(Self.peakType(precision))),
      kernels: kernels.rawValue, library: BLASLibrary.coreName)
  }

  /// The fastest of 100 short runs, so that runs interrupted by other processes do not count.
  package func peakFLOPS(_ precision: Precision) throws -> Double? {
    try MachineRates.peakFLOPS(pool, Self.peakType(precision), runs: 100)
  }

  private static func peakType(_ precision: Precision) -> fk_type {
    precision == .bf16 ? FK_BFLOAT16 : FK_FLOAT32
  }
}

extension CPUDevice {
  /// Cores of this process without a computing thread; negative for more threads than cores.
  var spareCores: Int { cores - threads }

  /// The thread pool, started at the first call.
  /// - Throws: `InputError` (environment) when the system refuses them.
  package var pool: ThreadPool {
    get throws {
      try state.withLock { state in
        if let pool = state.pool { return pool }
        let pool = try ThreadPool(threads: threads, cores: cores, isPinned: isPinned)
        state.pool = pool
        return pool
      }
    }
  }

  /// How fast the threads are, measured at the first call for each precision. If the pool has not started, a
  /// temporary one with at most one thread per core is measured: more threads would not be faster.
  /// - Throws: `InputError` (environment) when the system refuses memory or threads.
  func rates(_ precision: Precision) throws -> MachineRates {
    try state.withLock { state in
      if let rates = state.rates[precision] { return rates }
      let pool =
        try state.pool ?? ThreadPool(threads: min(threads, cores), cores: cores, isPinned: isPinned)
      let rates = try MachineRates.measured(on: pool, kernels: kernels, precision: precision)
      state.rates[precision] = rates
      return rates
    }
  }
}
