import Basics

/// A processor with its threads, or an accelerator, that runs whole networks.
///
/// A device plans the memory and the time of a network, and creates executors. An executor owns its programs,
/// memory and numbers, so that parts of two devices cannot be mixed.
package protocol Device: AnyObject, Sendable {
  /// The name by which the device is chosen: `cpu`.
  var name: String { get }
  /// The model of an accelerator: "NVIDIA H100 80GB HBM3"; nil for the CPU.
  var model: String? { get }
  /// Sentences for the user: why this device was chosen (for example, why a GPU that is there does not compute), and what
  /// its executors have met so far.
  var notes: [String] { get }
  /// Number of threads of this process that compute.
  var threads: Int { get }
  /// The form in which the device takes images.
  var batchForm: BatchForm { get }
  /// Settings besides program and experiment that all ranks of a run must share, by the names that a user
  /// sees: `--kernels`.
  var agreement: [(name: String, value: String)] { get }
  /// Counts of the work of its threads so far.
  var threadCounts: ThreadCounts { get }

  /// Refuses a precision that the device does not have.
  /// - Throws: `InputError` (usage) that names what can be chosen instead.
  func require(_ precision: Precision) throws

  /// The memory and time of an executor for the request. Nothing is reserved, and no number is computed.
  /// - Precondition: the device has the precision of the request.
  /// - Throws: `InputError` (environment) when the device cannot run the network.
  func plan(_ request: NetworkRequest) throws -> ExecutionPlan

  /// The memory of an accelerator as it is now; nil for a device that computes in the machine's memory.
  /// - Throws: `InputError` when the accelerator does not answer.
  func memory() throws -> AcceleratorMemory?

  /// An executor with exactly the memory that the plan of the request says. Its parameters are 0, its
  /// statistics have their initial values.
  /// - Parameter ranks: the ranks that train together. Creating an executor exchanges nothing with them.
  /// - Throws: `InputError` (environment) when memory or threads are short.
  func executor(_ request: NetworkRequest, ranks: any Communicator) throws -> any Executor

  /// The instructions, kernels and library that compute in a precision.
  func facts(_ precision: Precision) -> DeviceFacts

  /// Peak operations a second on registers: multiplications and additions, each counted. Measures for about a
  /// second. nil from a device that has no measurement of it.
  /// - Throws: `InputError` (environment) when threads are short.
  func peakFLOPS(_ precision: Precision) throws -> Double?
}

/// The instructions, kernels and library of a device, for reports.
package struct DeviceFacts: Sendable {
  /// The widest instructions that multiply and add: "AVX-512".
  package let instructions: String
  /// The kernels of matrix products, by the name under which a user can choose them: "avx512".
  package let kernels: String
  /// The processor for which the library of matrix products has chosen its kernels: "SkylakeX".
  package let library: String

  package init(instructions: String, kernels: String, library: String) {
    (self.instructions, self.kernels, self.library) = (instructions, kernels, library)
  }
}

/// Counts of the work of a device's threads since the device was made; zeros where it has none.
package struct ThreadCounts: Sendable {
  /// Number of forks and joins.
  package let sections: Int
  /// How often a thread slept.
  package let sleeps: Int

  package init(sections: Int, sleeps: Int) { (self.sections, self.sleeps) = (sections, sleeps) }
}
