import Basics
import Cluster
import Imagery
import Presentation

/// What the ranks tell each other of a batch.
struct BatchResult: Equatable {
  /// Which samples, as indices into the list of patches.
  var indices: [Int]
  /// Means over the samples, one for each objective.
  var losses: [Double]
  /// `[N, K]`.
  var logits: [Float]

  init(indices: [Int], losses: [Double], logits: [Float]) {
    (self.indices, self.losses, self.logits) = (indices, losses, logits)
  }

  init(indices: [Int], _ result: NetworkRunner.Result) {
    self.init(indices: indices, losses: result.losses, logits: result.logits)
  }

  var isFinite: Bool { losses.allSatisfy(\.isFinite) && logits.allSatisfy(\.isFinite) }
}

extension [BatchResult] {
  /// Samples of all of them.
  var sampleCount: Int { reduce(0) { $0 + $1.indices.count } }

  /// Means over the samples of all of them, one for each objective.
  var meanLosses: [Double] {
    guard count > 1 else { return first?.losses ?? [] }
    return self[0].losses.indices.map { index in
      reduce(0) { $0 + $1.losses[index] * Double($1.indices.count) } / Double(sampleCount)
    }
  }

  /// Every rank has the same results, and throws the same.
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
  /// The results of all ranks that have one, in the order of ranks, the reason to stop of the first that has one,
  /// and whether one of them is to save. Every rank gets the same.
  func exchange(
    _ result: BatchResult?, stopping reason: StopReason?, saving saves: Bool = false, _ name: StaticString
  ) -> (results: [BatchResult], stopping: StopReason?, saving: Bool) {
    guard size > 1 else { return (result.map { [$0] } ?? [], reason, saves) }
    let message = BatchMessage(result: result, reason: reason, saves: saves)
    let all = gather(message.bytes, name).map(BatchMessage.init(bytes:))
    return (all.compactMap(\.result), all.lazy.compactMap(\.reason).first, all.contains(where: \.saves))
  }

  /// Rank 0's bytes.
  func broadcast(_ bytes: [UInt8], _ name: StaticString) -> [UInt8] {
    guard size > 1 else { return bytes }
    var count = bytes.count
    withUnsafeMutableBytes(of: &count) { broadcast($0, name) }
    var all = isFirst ? bytes : [UInt8](repeating: 0, count: count)
    all.withUnsafeMutableBytes { broadcast($0, name) }
    return all
  }
}

/// A result and a wish as bytes: arrays in a fixed order, each behind its number of elements.
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
      : BatchResult(indices: next(Int.self), losses: next(Double.self), logits: next(Float.self))
  }
}

extension LabelledPatches {
  /// Targets `[N, K]` of some patches.
  func targets(of indices: [Int]) -> [Float] {
    indices.flatMap { targets[$0 * classes..<($0 + 1) * classes] }
  }
}
