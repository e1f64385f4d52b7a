#if canImport(Glibc)
  import Glibc
#endif

/// The processes ("ranks") that train one network together.
///
/// Every rank makes the same calls in the same order, with the same sizes: each call waits for the others.
/// Nothing is thrown: a call that cannot be completed ends all ranks (`abort`).
public protocol Communicator: AnyObject, Sendable {
  /// Number of this process, from 0.
  var rank: Int { get }
  /// Number of processes.
  var size: Int { get }

  /// Replaces the bytes on every rank by the bytes of rank 0.
  /// - Parameter name: what is exchanged, for the message about an exchange that does not end: "running
  ///   statistics".
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, _ name: StaticString)
  /// Replaces each number by its sum over the ranks; every rank gets the same bits.
  func sum(_ values: UnsafeMutableBufferPointer<Float>, _ name: StaticString)
  /// Replaces each double by its sum over the ranks; every rank gets the same bits.
  func sum(_ values: UnsafeMutableBufferPointer<Double>, _ name: StaticString)
  /// The bytes of all ranks, in the order of ranks. Ranks may give different numbers of bytes.
  func gather(_ bytes: [UInt8], _ name: StaticString) -> [[UInt8]]
  /// Waits for all ranks.
  func barrier(_ name: StaticString)

  /// A communicator of the same ranks for one other thread; its calls may run at the same time as this one's.
  /// Every rank makes this call at the same place. nil where only one thread may communicate.
  func forAnotherThread() -> (any Communicator)?

  /// Ends all ranks at once.
  func abort(status: Int32) -> Never
}

extension Communicator {
  /// Whether this rank writes files and prints for the user.
  package var isFirst: Bool { rank == 0 }
}

/// The communicator of a process that works alone. It exchanges nothing.
public final class OneProcess: Communicator {
  /// The only rank there is.
  public let rank = 0
  /// One process.
  public let size = 1

  /// A communicator of one rank.
  public init() {}

  /// The bytes stay as they are.
  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, _ name: StaticString) {}
  /// The sums of one process are its numbers.
  public func sum(_ values: UnsafeMutableBufferPointer<Float>, _ name: StaticString) {}
  /// The sums of one process are its numbers.
  public func sum(_ values: UnsafeMutableBufferPointer<Double>, _ name: StaticString) {}
  /// The bytes of the only rank.
  public func gather(_ bytes: [UInt8], _ name: StaticString) -> [[UInt8]] { [bytes] }
  /// Returns at once.
  public func barrier(_ name: StaticString) {}
  /// Another communicator of one rank.
  public func forAnotherThread() -> (any Communicator)? { OneProcess() }
  /// Ends the process.
  public func abort(status: Int32) -> Never { exit(status) }
}
