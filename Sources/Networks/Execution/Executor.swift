/// A network on a device: its programs and its numbers, for one caller at a time.
///
/// A device may return results one step late. `train` then returns the result of the step before, nil at the
/// first step, and `finish` returns the last result. Three steps of such a device:
///
///     train(a) → nil    train(b) → result of a    train(c) → result of b    finish() → result of c
///
/// Call `finish` before anything that needs the numbers of all steps: an evaluation, a checkpoint, the end of
/// an epoch or of the run. A device is late at every step or at none, and in the same way on all ranks.
///
/// If losses or logits are not finite, on this rank or another, the step stops there: no parameter is updated
/// from them.
public protocol Executor: AnyObject {
  /// The plan that the executor was made from.
  var plan: ExecutionPlan { get }
  var state: any NetworkState { get }

  /// Replaces the programs by the programs of another request for the same parameters, e.g. images of another
  /// size. The numbers stay. The memory of the old programs is given back first.
  /// - Throws: `InputError` (environment) when memory is short; the executor then has no program.
  func prepare(_ request: NetworkRequest) throws

  /// Gives every rank the numbers of rank 0, and decides how gradients are exchanged. Every rank calls it at
  /// the same place, once before its first step.
  /// - Throws: `InputError` (environment) when threads are short.
  func share() throws

  /// Gives every rank the running statistics of rank 0; every rank calls it at the same place.
  /// - Throws: as `train`.
  func shareStatistics() throws

  /// Forward and backward pass of a batch and, if the request has a rule, the update of the parameters.
  ///
  /// The memory of the batch may be written again when the call returns.
  /// - Returns: the result that is complete when the call returns, nil for none.
  /// - Throws: `InputError` (lostDevice) when an accelerator has stopped computing. No later call succeeds then.
  func train(_ batch: NetworkBatch, _ step: StepNumbers) throws -> StepResult?

  /// Waits for the last step.
  /// - Returns: the result of that step if `train` has not returned it.
  /// - Throws: as `train`.
  func finish() throws -> StepResult?

  /// The outputs of a batch by name, `[N, H, W, C]`; valid until the next call.
  /// - Throws: as `train`.
  func predict(_ batch: NetworkBatch) throws -> [String: UnsafeBufferPointer<Float>]

  /// Updates all parameters from the gradients at hand, without a batch: for measurements.
  /// - Throws: `InputError` (environment) when memory is short.
  func update(_ step: StepNumbers) throws

  /// Seconds that steps have waited for other ranks so far.
  var exchangeSeconds: Double { get }
  /// Whether some gradients are exchanged while others are still computed.
  var overlapsExchange: Bool { get }

  /// Called with the seconds of each instruction of a step or an evaluation, and the instruction's place in
  /// `work`; nil to measure nothing.
  var observer: ((_ instruction: Int, _ seconds: Double) -> Void)? { get set }
  /// Whether the device stands still between instructions for an observer, so that a step takes longer with one.
  var observerCostsTime: Bool { get }

  /// What the user should know of the way in which steps are computed, one line each, in order. Lines are only added.
  var notes: [String] { get }

  /// The purpose of each instruction of a program.
  /// - Parameter batch: number of samples of the program's batch, one of the request's sizes.
  func work(of pass: NetworkPass, batch: Int) -> [InstructionWork]
}

/// Whether a program trains or predicts.
public enum NetworkPass: Sendable { case training, inference }

/// What varies from one training step to the next, besides its batch.
public struct StepNumbers: Sendable {
  /// Number of the step in the run, from 0; random masks follow from it.
  package var number: Int
  /// The factor of the update in the optimizer's rule.
  package var learningRate: Float
  /// Samples of the step on all ranks: the loss to minimise is the mean over them.
  package var samples: Int
  /// Samples of the step on the ranks before this one.
  package var samplesBefore: Int

  /// - Parameters:
  ///   - samples: samples of the step on all ranks; this rank has a part of them.
  ///   - before: samples of the step on the ranks before this one.
  package init(_ number: Int, learningRate: Float, samples: Int, before: Int = 0) {
    precondition(before < samples, "every rank has a sample in each step")
    (self.number, self.learningRate) = (number, learningRate)
    (self.samples, samplesBefore) = (samples, before)
  }
}

/// The result of a training step on this rank; valid until the next call of the executor.
public struct StepResult {
  /// Number of the step, see `StepNumbers`.
  package let number: Int
  /// The loss of each objective, a mean over the samples of this rank; NaN for an objective that the step did
  /// not reach.
  package let losses: UnsafeBufferPointer<Double>
  /// Outputs of the forward pass by name, `[N, H, W, C]`.
  package let outputs: [String: UnsafeBufferPointer<Float>]
  /// Seconds for which the device had nothing to do before the step. nil from a device that computes only while
  /// `train` runs, and for a step that follows no other.
  package let idleSeconds: Double?

  package init(
    number: Int, losses: UnsafeBufferPointer<Double>, outputs: [String: UnsafeBufferPointer<Float>],
    idleSeconds: Double? = nil
  ) {
    (self.number, self.losses, self.outputs) = (number, losses, outputs)
    self.idleSeconds = idleSeconds
  }
}
