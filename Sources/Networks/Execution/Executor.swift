/// A network on a device: its programs and its numbers, for one caller at a time.
///
/// A device may be one step late: `train` then returns the result of the step before, and `finish` the last result.
/// With three steps of such a device:
///
///     train(a) → nil    train(b) → result of a    train(c) → result of b    finish() → result of c
///
/// Call `finish` before an evaluation, a checkpoint, the end of an epoch and the end of the run, which need all steps. A
/// device is late at every step or at none, alike on all ranks.
///
/// If a loss or logit of any rank is not finite, the step ends there: no parameter is updated from it.
public protocol Executor: AnyObject {
  /// The plan that its memory follows.
  var plan: ExecutionPlan { get }
  var state: any NetworkState { get }

  /// Replaces the programs by those of another request for the same parameters, e.g. for images of another size. The
  /// numbers stay. The memory of the old programs is freed first.
  /// - Throws: `InputError` (environment) when memory is short; then there is no program at all.
  func prepare(_ request: NetworkRequest) throws

  /// Copies the numbers of the first rank to all others, and prepares the exchange of gradients. Every rank calls it once,
  /// before its first step.
  /// - Throws: `InputError` (environment) when threads are short.
  func share() throws

  /// Copies the running statistics of the first rank to all others. Every rank calls it at the same place.
  func shareStatistics()

  /// Forward and backward pass of a batch and, if the request has a rule, the update of the parameters.
  ///
  /// The caller may write the batch's memory again when the call returns.
  /// - Returns: the newest result that is complete; nil if there is none.
  func train(_ batch: NetworkBatch, _ step: StepNumbers) -> StepResult?

  /// Waits for the last step.
  /// - Returns: its result if `train` has not returned it.
  func finish() -> StepResult?

  /// The outputs of a batch by name, `[N, H, W, C]`; valid until the next call.
  func predict(_ batch: NetworkBatch) -> [String: UnsafeBufferPointer<Float>]

  /// Updates all parameters from the present gradients, without a batch. For measurements.
  /// - Throws: `InputError` (environment) when memory is short.
  func update(_ step: StepNumbers) throws

  /// Seconds that steps have waited for other ranks so far.
  var exchangeSeconds: Double { get }
  /// Whether gradients are exchanged while others are computed.
  var overlapsExchange: Bool { get }

  /// Called with the seconds of each instruction of a step or an evaluation, and its place in `work`. nil measures nothing.
  var observer: ((_ instruction: Int, _ seconds: Double) -> Void)? { get set }

  /// The purpose of each instruction of a program.
  /// - Parameter batch: the batch size of the program, one of those in the request.
  func work(of pass: NetworkPass, batch: Int) -> [InstructionWork]
}

/// Whether a program trains or predicts.
public enum NetworkPass: Sendable { case training, inference }

/// The numbers of one training step besides its batch.
public struct StepNumbers: Sendable {
  /// Number of the step in the run, from 0; random masks follow from it.
  package var number: Int
  /// The learning rate of this step.
  package var learningRate: Float
  /// Samples of the step on all ranks: its losses are means over them.
  package var samples: Int
  /// Samples of the step on the ranks before this one.
  package var samplesBefore: Int

  /// - Parameters:
  ///   - samples: samples of the step on all ranks. Example: 25 of 100 samples lie on this rank.
  ///   - before: samples on the ranks before this one.
  package init(_ number: Int, learningRate: Float, samples: Int, before: Int = 0) {
    precondition(before < samples, "every rank has a sample in each step")
    (self.number, self.learningRate) = (number, learningRate)
    (self.samples, samplesBefore) = (samples, before)
  }
}

/// The result of a training step on this rank. It is valid until the next call of the executor.
public struct StepResult {
  /// The number of the step, see `StepNumbers`.
  package let number: Int
  /// The loss of each objective: the mean over the samples of this rank; NaN for an objective that the step did not reach.
  package let losses: UnsafeBufferPointer<Double>
  /// The outputs of the forward pass by name, `[N, H, W, C]`.
  package let outputs: [String: UnsafeBufferPointer<Float>]

  package init(
    number: Int, losses: UnsafeBufferPointer<Double>, outputs: [String: UnsafeBufferPointer<Float>]
  ) {
    (self.number, self.losses, self.outputs) = (number, losses, outputs)
  }
}
