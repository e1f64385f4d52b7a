import Basics
import Cluster
import Imagery
import Presentation

/// The result of a batch on one rank, as the ranks exchange it.
struct BatchResult: Equatable {
  /// The samples of the batch, as indices into the list of patches.
  var indices: [Int]
  /// Mean losses over the samples, one for each objective.
  var losses: [Double]
  /// Logits `[N, K]`.
  var logits: [Float]
  /// What the network took of each sensor, `[N, layers, sensors]`; empty in a training step, and without layers that decide.
  var shares: [Float]

  init(indices: [Int], losses: [Double], logits: [Float], shares: [Float] = []) {
    (self.indices, self.losses, self.logits, self.shares) = (indices, losses, logits, shares)
  }

  init(indices: [Int], _ result: NetworkRunner.Result) {
    self.init(indices: indices, losses: result.losses, logits: result.logits)
  }

  var isFinite: Bool { losses.allSatisfy(\.isFinite) && logits.allSatisfy(\.isFinite) }
}

extension [BatchResult] {
  /// Number of samples of all results together.
  var sampleCount: Int { reduce(0) { $0 + $1.indices.count } }

  /// Mean losses over the samples of all results, one for each objective.
  var meanLosses: [Double] {
    guard count > 1 else { return first?.losses ?? [] }
    return self[0].losses.indices.map { index in
      reduce(0) { $0 + $1.losses[index] * Double($1.indices.count) } / Double(sampleCount)
    }
  }

  /// Checks the losses and logits. Every rank has the same results, and so throws the same error.
  /// - Parameter place: "epoch 1, step 3".
  /// - Throws: `InputError` (numerics) when a loss or a logit is not finite.
  func requireFiniteLosses(in place: String) throws {
    guard allSatisfy(\.isFinite) else {
      throw InputError(
        .numerics, place,
        "the loss is no longer finite (\(meanLosses.map(NumberText.loss).joined(separator: ", ")))",
        remedy: "the last good checkpoint is kept; lower training.learning_rate or check the data")
    }
  }
}

extension Communicator {
  /// Exchanges the results of a batch. Every rank gets the same:
  /// - the results, in the order of ranks, of all ranks that have one;
  /// - the reason to stop of the first rank that has one;
  /// - whether any rank wants a checkpoint.
  func exchange(
    _ result: BatchResult?, stopping reason: StopReason?, saving saves: Bool = false, _ name: StaticString
  ) -> (results: [BatchResult], stopping: StopReason?, saving: Bool) {
    guard size > 1 else { return (result.map { [$0] } ?? [], reason, saves) }
    let message = BatchMessage(result: result, reason: reason, saves: saves)
    let all = gather(message.bytes, name).map(BatchMessage.init(bytes:))
    return (all.compactMap(\.result), all.lazy.compactMap(\.reason).first, all.contains(where: \.saves))
  }

  /// The bytes of rank 0, on every rank.
  func broadcast(_ bytes: [UInt8], _ name: StaticString) -> [UInt8] {
    guard size > 1 else { return bytes }
    var count = bytes.count
    withUnsafeMutableBytes(of: &count) { broadcast($0, name) }
    var all = isFirst ? bytes : [UInt8](repeating: 0, count: count)
    all.withUnsafeMutableBytes { broadcast($0, name) }
    return all
  }
}

/// A result, a reason to stop and a wish to save as bytes: arrays in a fixed order, each after its number of elements.
private struct BatchMessage {
  let result: BatchResult?
  let reason: StopReason?
  let saves: Bool

  init(result: BatchResult?, reason: StopReason?, saves: Bool) {
    (self.result, self.reason, self.saves) = (result, reason, saves)
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    func append<Element: BitwiseCopyable>(_ values: [Element]) {
      withUnsafeBytes(of: values.count) { bytes += $0 }
      values.withUnsafeBytes { bytes += $0 }
    }
    append(reason.map { [$0.rawValue] } ?? [])
    append(saves ? [UInt8(1)] : [])
    guard let result else { return bytes }
    append(result.indices)
    append(result.losses)
    append(result.logits)
    append(result.shares)
    return bytes
  }

  init(bytes: [UInt8]) {
    var place = 0
    func next<Element: BitwiseCopyable>(_ type: Element.Type) -> [Element] {
      bytes.withUnsafeBytes { bytes in
        let count = bytes.loadUnaligned(fromByteOffset: place, as: Int.self)
        place += MemoryLayout<Int>.size
        defer { place += count * MemoryLayout<Element>.stride }
        return (0..<count).map {
          bytes.loadUnaligned(fromByteOffset: place + $0 * MemoryLayout<Element>.stride, as: Element.self)
        }
      }
    }
    reason = next(UInt8.self).first.flatMap(StopReason.init(rawValue:))
    saves = !next(UInt8.self).isEmpty
    result =
      place == bytes.count
      ? nil
      : BatchResult(
        indices: next(Int.self), losses: next(Double.self), logits: next(Float.self), shares: next(Float.self)
      )
  }
}

extension LabelledPatches {
  /// Targets `[N, K]` of the patches at some indices.
  func targets(of indices: [Int]) -> [Float] {
    indices.flatMap { targets[$0 * classes..<($0 + 1) * classes] }
  }
}
