import CPUEngine
import Cluster
import Networks

/// Seconds of a batch, predicted for one machine and so many threads, without waiting for data.
package struct TimeEstimate: Sendable {
  /// Forward and backward pass and the update of a training batch, in each memory mode that was planned.
  package let trainingSteps: [MemoryMode: Double]
  /// An evaluation batch.
  package let evaluation: Double
  /// The rates that were measured.
  package let machine: MachineRates

  /// - Parameters:
  ///   - training: the programs of a step; they update parameters themselves or leave that to the optimizer.
  ///   - parameters: numbers to learn.
  init(
    training: [MemoryMode: CPUProgram], inference: CPUProgram, rule: OptimizerRule, parameters: Int,
    on machine: MachineRates
  ) {
    trainingSteps = training.mapValues { program in
      // A program that updates parameters counts the gradients that its updates read.
      let update =
        Optimizer.updateBytes(rule, count: parameters) - (program.updatesParameters ? 4 * parameters : 0)
      return program.predictedSeconds(on: machine) + Double(update) / machine.updateBytesPerSecond
    }
    evaluation = inference.predictedSeconds(on: machine)
    self.machine = machine
  }
}

extension NetworkPlan {
  /// How long batches take on this machine. Measures the machine in some tenths of a second, with no more threads
  /// than it has cores: those beyond make nothing faster.
  /// - Throws: `InputError` (environment) when the system refuses memory or threads.
  package func measuredTimes() throws -> TimeEstimate {
    var measured = experiment
    measured.threads = min(threads, try UsableCores.current().count)
    return TimeEstimate(
      training: training, inference: inference, rule: experiment.optimizerRule, parameters: parameters,
      on: try MachineRates.measured(
        on: measured.makePool(), kernels: kernels, precision: experiment.precision))
  }

  /// Bytes of a checkpoint; a run keeps three: the last, the one before it, and the best.
  package var checkpointBytes: Int {
    MemoryEstimate.checkpointBytes(
      parameters: parameters, statistics: inference.graph.statistics.reduce(0) { $0 + $1.count },
      experiment.optimizerRule)
  }
}
