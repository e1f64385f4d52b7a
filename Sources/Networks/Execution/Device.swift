import Basics

/// A processor with its threads, or an accelerator, that runs whole networks.
///
/// A device plans the memory and time of a network, and makes executors. Each executor owns its programs, memory and
/// numbers, so that parts of two devices cannot be mixed.
package protocol Device: AnyObject, Sendable {
  /// The name by which it is chosen: `cpu`.
  var name: String { get }
  /// Number of threads of this process that compute.
  var threads: Int { get }
  /// The form in which it takes images.
  var batchForm: BatchForm { get }
  /// Values besides program and experiment that must be equal on all ranks, by the names that a user knows.
  var agreement: [(name: String, value: String)] { get }
  /// Counts of its threads so far.
  var threadCounts: ThreadCounts { get }

  /// Refuses a precision that the device does not have.
  /// - Throws: `InputError` (usage) that names the precisions to choose from.
  func require(_ precision: Precision) throws

  /// The memory and kernels of an executor for the request. Nothing is reserved, and no number is computed.
  /// - Precondition: the device has the precision of the request.
  func plan(_ request: NetworkRequest) -> ExecutionPlan

  /// Makes an executor, with exactly the memory of the request's plan. Parameters are 0, statistics have their initial
  /// values.
  /// - Parameter ranks: the ranks that train together. Making an executor exchanges nothing with them.
  /// - Throws: `InputError` (environment) when memory or threads are short.
  func executor(_ request: NetworkRequest, ranks: any Communicator) throws -> any Executor

  /// The instructions and kernels of a precision, for reports.
  func facts(_ precision: Precision) -> DeviceFacts

  /// Measures multiplications and additions a second on registers. Each of the two counts. Takes about a second.
  /// - Throws: `InputError` (environment) when threads are short.
  func peakFLOPS(_ precision: Precision) throws -> Double
}

/// The instructions and kernels of a device, for reports.
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

/// Counts of the threads of a device since it was made; zeros for a device without threads.
package struct ThreadCounts: Sendable {
  /// Number of forks and joins.
  package let sections: Int
  /// How often a thread slept.
  package let sleeps: Int

  package init(sections: Int, sleeps: Int) { (self.sections, self.sleeps) = (sections, sleeps) }
}
