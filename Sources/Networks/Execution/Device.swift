import Basics

/// What runs whole networks: a processor with its threads, or an accelerator.
///
/// A device plans what a network takes, and makes executors. Programs, memory and numbers of an executor are its own,
/// so that parts of two devices cannot be mixed.
package protocol Device: AnyObject, Sendable {
  /// The name by which it is chosen: `cpu`.
  var name: String { get }
  /// Threads of this process that compute.
  var threads: Int { get }
  /// The form in which it takes images.
  var batchForm: BatchForm { get }
  /// What must be the same on all ranks of a run beside program and experiment, by the names that a user knows.
  var agreement: [(name: String, value: String)] { get }
  /// What its threads have had to do so far.
  var threadCounts: ThreadCounts { get }

  /// Refuses a precision that it does not have.
  /// - Throws: `InputError` (usage) that names what can be chosen instead.
  func require(_ precision: Precision) throws

  /// What an executor for the request will take. Nothing is reserved, and no number is computed.
  /// - Precondition: the device has the precision of the request.
  func plan(_ request: NetworkRequest) -> ExecutionPlan

  /// Reserves what the plan of the request says, and no more. Parameters are 0, statistics at their initial values.
  /// - Parameter ranks: those that train together. Making an executor exchanges nothing with them.
  /// - Throws: `InputError` (environment) when memory or threads are short.
  func executor(_ request: NetworkRequest, ranks: any Communicator) throws -> any Executor

  /// What computes in a precision.
  func facts(_ precision: Precision) -> DeviceFacts

  /// Multiplications and additions a second on registers, each counted, measured in a second.
  /// - Throws: `InputError` (environment) when threads are short.
  func peakFLOPS(_ precision: Precision) throws -> Double
}

/// What computes on a device, for reports.
package struct DeviceFacts: Sendable {
  /// The widest instructions that multiply and add: "AVX-512".
  package let instructions: String
  /// The kernels of matrix products, by the name under which a user can choose them: "avx512".
  package let kernels: String
  /// What the library of matrix products has chosen its kernels for: "SkylakeX".
  package let library: String

  package init(instructions: String, kernels: String, library: String) {
    (self.instructions, self.kernels, self.library) = (instructions, kernels, library)
  }
}

/// What the threads of a device have had to do since it was made; zeros where it has none.
package struct ThreadCounts: Sendable {
  /// Forks and joins.
  package let sections: Int
  /// Times a thread slept.
  package let sleeps: Int

  package init(sections: Int, sleeps: Int) { (self.sections, self.sleeps) = (sections, sleeps) }
}
