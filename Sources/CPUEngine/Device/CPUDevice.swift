import Basics
import CKernels
import Networks
import Synchronization

/// The processor and some of its threads, which start when they are first needed.
public final class CPUDevice: Device {
  package let name = "cpu"
  package let threads: Int
  package let batchForm = BatchForm.floats
  /// What computes matrix products.
  let kernels: KernelPath
  /// Cores of this process.
  private let cores: Int
  private let isPinned: Bool
  private let state = Mutex(State())

  private struct State {
    var pool: ThreadPool?
    /// By precision, where it was measured.
    var rates: [Precision: MachineRates] = [:]
  }

  /// The fastest kernels of the processor, on `threads` threads.
  public convenience init(threads: Int) { self.init(threads: threads, cores: ThreadPool.maskCores) }

  /// - Parameters:
  ///   - threads: that compute.
  ///   - cores: what the process may use.
  ///   - isPinned: whether each thread keeps to one core; for as many threads as there are cores.
  ///   - kernels: a path that the processor has.
  package init(
    threads: Int, cores: Int = ThreadPool.maskCores, isPinned: Bool = false, kernels: KernelPath = .auto
  ) {
    precondition(kernels.isAvailable, "the processor has no kernels \(kernels.rawValue)")
    (self.threads, self.cores, self.isPinned, self.kernels) = (threads, cores, isPinned, kernels)
  }

  package var agreement: [(name: String, value: String)] { [("--kernels", kernels.rawValue)] }

  package var threadCounts: ThreadCounts {
    state.withLock { ThreadCounts(sections: $0.pool?.sections ?? 0, sleeps: $0.pool?.sleeps ?? 0) }
  }

  package func require(_ precision: Precision) throws { try precision.require(kernels) }

  package func plan(_ request: NetworkRequest) -> ExecutionPlan {
    CPUPlan(request, device: self).execution
  }

  /// Reserves the memory that the plan says.
  public func executor(_ request: NetworkRequest, ranks: any Communicator) throws -> any Executor {
    try CPUNetwork(CPUPlan(request, device: self), ranks: ranks)
  }

  package func facts(_ precision: Precision) -> DeviceFacts {
    DeviceFacts(
      instructions: String(cString: fk_peak_instructions(Self.peakType(precision))),
      kernels: kernels.rawValue, library: BLASLibrary.coreName)
  }

  /// The best of many short runs: a run that another process interrupts does not count.
  package func peakFLOPS(_ precision: Precision) throws -> Double {
    try MachineRates.peakFLOPS(pool, Self.peakType(precision), runs: 100)
  }

  private static func peakType(_ precision: Precision) -> fk_type {
    precision == .bf16 ? FK_BFLOAT16 : FK_FLOAT32
  }
}

extension CPUDevice {
  /// Cores of this process that nothing computes on.
  var spareCores: Int { cores - threads }

  /// The threads.
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

  /// How fast the threads are, measured at the first call. Threads that have not started yet are no more than there
  /// are cores: those beyond make nothing faster.
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
