/// A network on a device: its programs and its numbers, for one caller at a time.
///
/// A result may come one step late: `train` then returns that of the step before, nil at the first step, and `finish`
/// the last one. With three steps of a device that is late:
///
///     train(a) → nil    train(b) → result of a    train(c) → result of b    finish() → result of c
///
/// `finish` comes before whatever follows from the numbers of all steps: an evaluation, a checkpoint, the end of an
/// epoch or of the run. A device is late at every step or at none, and alike on all ranks.
///
/// Losses or logits that are not finite, on this rank or another, stop a step there: no parameter is updated from them.
public protocol Executor: AnyObject {
  /// What it was made by.
  var plan: ExecutionPlan { get }
  var state: any NetworkState { get }

  /// Replaces the programs by those of another request for the same parameters, e.g. images of another size; the
  /// numbers stay. Memory of the old programs is given back first.
  /// - Throws: `InputError` (environment) when memory is short; then there is no program at all.
  func prepare(_ request: NetworkRequest) throws

  /// Gives every rank the numbers of the first, and settles how gradients are exchanged. Every rank calls it at the
  /// same place, once before its first step.
  /// - Throws: `InputError` (environment) when threads are short.
  func share() throws

  /// Gives every rank the running statistics of the first; every rank calls it at the same place.
  func shareStatistics()

  /// Forward and backward pass of a batch and, if the request has a rule, the update of the parameters.
  ///
  /// Its memory may be written again when the call returns.
  /// - Returns: the result that is complete by then, nil for none.
  func train(_ batch: NetworkBatch, _ step: StepNumbers) -> StepResult?

  /// Waits for the last step.
  /// - Returns: its result if `train` has not returned it.
  func finish() -> StepResult?

  /// The outputs of a batch by name, `[N, H, W, C]`; valid until the next call.
  func predict(_ batch: NetworkBatch) -> [String: UnsafeBufferPointer<Float>]

  /// An update of all parameters from whatever gradients there are, without a batch: for measurements.
  /// - Throws: `InputError` (environment) when memory is short.
  func update(_ step: StepNumbers) throws

  /// Seconds that steps have stood still so far for other ranks.
  var exchangeSeconds: Double { get }
  /// Whether gradients are exchanged while others are computed.
  var overlapsExchange: Bool { get }

  /// Told the seconds that each instruction of a step or an evaluation took, by its place in `work`; nil to measure
  /// nothing.
  var observer: ((_ instruction: Int, _ seconds: Double) -> Void)? { get set }

  /// What the instructions of a program are there for.
  /// - Parameter batch: samples of its batch, one of the request's.
  func work(of pass: NetworkPass, batch: Int) -> [InstructionWork]
}

/// What a program does with a batch.
public enum NetworkPass: Sendable { case training, inference }

/// What varies from one training step to the next, beside its batch.
public struct StepNumbers: Sendable {
  /// Number of the step in the run, from 0; random masks follow from it.
  package var number: Int
  /// What the rule of the optimizer multiplies its step by.
  package var learningRate: Float
  /// Samples of the step on all ranks: its losses are means over them.
  package var samples: Int
  /// Samples of the step on the ranks before this one.
  package var samplesBefore: Int

  /// - Parameters:
  ///   - samples: on all ranks, of which this one has a part.
  ///   - before: those of the ranks before this one.
  package init(_ number: Int, learningRate: Float, samples: Int, before: Int = 0) {
    precondition(before < samples, "every rank has a sample in each step")
    (self.number, self.learningRate) = (number, learningRate)
    (self.samples, samplesBefore) = (samples, before)
  }
}

/// What a training step came to on this rank; valid until the next call of the executor.
public struct StepResult {
  /// Of the step, see `StepNumbers`.
  package let number: Int
  /// Means over the samples of this rank, one for each objective; NaN for those that the step did not reach.
  package let losses: UnsafeBufferPointer<Double>
  /// Of the forward pass by name, `[N, H, W, C]`.
  package let outputs: [String: UnsafeBufferPointer<Float>]

  package init(
    number: Int, losses: UnsafeBufferPointer<Double>, outputs: [String: UnsafeBufferPointer<Float>]
  ) {
    (self.number, self.losses, self.outputs) = (number, losses, outputs)
  }
}
