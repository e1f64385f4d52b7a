import Synchronization

/// Decoded chunks of data sets, up to a number of bytes. Threads share it.
///
/// A chunk often holds parts of many rows: with h5py's own choice 250 of 2,000 patches. Readers of neighbouring rows then
/// decode a chunk once.
package final class HDF5ChunkCache: Sendable {
  private struct Key: Hashable {
    let owner, chunk: Int
  }

  private struct State {
    var owners = 0
    var chunks: [Key: [UInt8]] = [:]
    /// The keys in the order of their arrival, the oldest at `oldest`.
    var order: [Key] = []
    var oldest = 0
    var bytes = 0
  }

  private let limit: Int
  private let state = Mutex(State())

  /// - Parameter bytes: the most bytes of chunks that are kept.
  package init(bytes: Int) { limit = bytes }

  /// A number that tells the chunks of a data set from those of others.
  func newOwner() -> Int {
    state.withLock {
      $0.owners += 1
      return $0.owners
    }
  }

  /// A chunk: the kept one, or what `decode` returns, which is kept.
  func chunk(_ number: Int, of owner: Int, decode: () throws -> [UInt8]) rethrows -> [UInt8] {
    let key = Key(owner: owner, chunk: number)
    if let kept = state.withLock({ $0.chunks[key] }) { return kept }
    // Other threads go on meanwhile.
    let bytes = try decode()
    state.withLock { state in
      guard bytes.count <= limit, state.chunks.updateValue(bytes, forKey: key) == nil else { return }
      state.order.append(key)
      state.bytes += bytes.count
      while state.bytes > limit {
        let gone = state.chunks.removeValue(forKey: state.order[state.oldest])
        state.oldest += 1
        state.bytes -= gone?.count ?? 0
      }
      if state.oldest > 1024, state.oldest > state.order.count / 2 {
        state.order.removeFirst(state.oldest)
        state.oldest = 0
      }
    }
    return bytes
  }
}
