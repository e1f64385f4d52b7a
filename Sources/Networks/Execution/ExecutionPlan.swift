/// The memory and time of an executor, known before it is made. Allocations use these numbers: there is no
/// second count.
public struct ExecutionPlan: Sendable {
  /// The place of memory: the machine's or the device's own.
  package enum Place: Sendable { case host, device }

  /// The purpose of memory.
  package enum Purpose: String, CaseIterable, Sendable {
    /// Values of the graph and their gradients, for the largest program.
    case activations
    /// Partial results of kernels.
    case scratch
    case parameters
    /// Batches and results on their way between the machine and the device.
    case transfers
    /// Running means and variances.
    case statistics
    /// Gradients of the parameters, where they are not among the activations.
    case gradients
    case optimizerState
    /// The copy of all numbers that a checkpoint is written from.
    case snapshot
  }

  /// Memory of one purpose.
  package struct Part: Equatable, Sendable {
    package let place: Place
    package let purpose: Purpose
    package let bytes: Int

    package init(_ place: Place, _ purpose: Purpose, bytes: Int) {
      (self.place, self.purpose, self.bytes) = (place, purpose, bytes)
    }
  }

  package let parts: [Part]
  /// Bytes of addresses that the device maps besides that memory, and hardly uses. Only `ulimit -v` counts
  /// them.
  package let addressSpace: Int
  /// The graph of the largest training step as it will run: with derivatives and repeated values. nil without
  /// training.
  package let step: Graph?
  /// Bytes that each layer of that step keeps from its forward to its backward pass.
  package let keptBytes: [String: Int]
  /// Bytes that layers of that step copy to stack channels, or to take gradients of stacked channels apart, where the
  /// device cannot do so in place. Inputs of the graph are always copied and do not count.
  package var copiedBytes: [String: Int] = [:]
  /// How that step computes convolutions and linear layers, those with the most arithmetic first.
  package let kernelChoices: [KernelChoice]
  /// Whether `predictedTime` has the accuracy that `plan` states.
  package let isTimeReliable: Bool
  /// What the device has chosen for the programs and another device might choose otherwise; nil where nothing is chosen.
  package var choices: DeviceChoices?
  private let predict: @Sendable () throws -> PredictedTime?

  /// Whether `NetworkState.snapshot` copies the numbers, so that training may change them meanwhile.
  package var copiesSnapshots: Bool { parts.contains { $0.purpose == .snapshot && $0.bytes > 0 } }

  /// - Parameter predict: gives `predictedTime`.
  package init(
    parts: [Part], addressSpace: Int = 0, step: Graph? = nil, keptBytes: [String: Int] = [:],
    kernelChoices: [KernelChoice] = [], isTimeReliable: Bool = true,
    predict: @escaping @Sendable () throws -> PredictedTime? = { nil }
  ) {
    (self.parts, self.addressSpace, self.step, self.keptBytes) = (parts, addressSpace, step, keptBytes)
    (self.kernelChoices, self.isTimeReliable, self.predict) = (kernelChoices, isTimeReliable, predict)
  }

  /// Bytes of these purposes together.
  /// - Parameter place: the place of the memory; nil for all places.
  package func bytes(_ purposes: Purpose..., in place: Place? = nil) -> Int {
    parts.filter { purposes.contains($0.purpose) && (place == nil || $0.place == place) }
      .reduce(0) { $0 + $1.bytes }
  }

  /// The predicted time of the largest batches. The first call measures the device for some tenths of a second.
  /// - Returns: nil from a device that cannot predict it.
  /// - Throws: `InputError` (environment) when the system refuses memory or threads.
  package func predictedTime() throws -> PredictedTime? { try predict() }
}

/// What a device has chosen among several ways to compute the same network, whose last bits differ.
///
/// A run keeps the text. A run that goes on gives it back in `NetworkRequest.choices`. The device then chooses the same
/// ways, and the run gets the bits of one that was not interrupted.
package struct DeviceChoices: Equatable, Sendable {
  /// The choices in the device's own form.
  package let text: String
  /// Why these are not the choices of `NetworkRequest.choices`, in words that follow "because": "cuDNN is 9.8.0 now, and was
  /// 9.10.2". nil where they are, and where the request had none.
  package let change: String?

  package init(text: String, change: String?) { (self.text, self.change) = (text, change) }
}

/// Seconds of the largest batches, without waiting for data.
package struct PredictedTime: Sendable {
  /// Forward and backward pass and the update; nil without training.
  package let trainingStep: Double?
  /// An evaluation; nil without inference.
  package let evaluation: Double?
  package let speed: DeviceSpeed

  package init(trainingStep: Double?, evaluation: Double?, speed: DeviceSpeed) {
    (self.trainingStep, self.evaluation, self.speed) = (trainingStep, evaluation, speed)
  }
}

/// The measured speed of a device.
package struct DeviceSpeed: Sendable {
  /// Number of threads that were measured together.
  package let threads: Int
  /// Multiplications and additions a second on registers. Each of the two counts.
  package let peakFLOPS: Double
  /// Multiplications and additions a second of matrix products whose operands are in the caches.
  package let productFLOPS: Double
  /// Bytes a second that copies of memory read and write, beyond the size of the caches.
  package let copyBytesPerSecond: Double

  package init(threads: Int, peakFLOPS: Double, productFLOPS: Double, copyBytesPerSecond: Double) {
    (self.threads, self.peakFLOPS) = (threads, peakFLOPS)
    (self.productFLOPS, self.copyBytesPerSecond) = (productFLOPS, copyBytesPerSecond)
  }
}

/// How a device computes the convolutions, or linear layers, of one kind.
package struct KernelChoice: Equatable, Sendable {
  /// The kind of layer: "3×3", "7×7/2", "linear".
  package let layer: String
  /// The algorithm: "Winograd F(4×4), OpenBLAS".
  package let method: String
  /// How often each pass of a step uses this method.
  package var forward = 0
  package var inputGradient = 0
  package var weightGradient = 0
  /// Operations, counted as direct convolutions: two for each pair of multiplication and addition.
  package var flops = 0

  package init(layer: String, method: String) {
    self.layer = layer
    self.method = method
  }
}
