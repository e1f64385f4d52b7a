import Foundation

/// The processes ("ranks") that train one network together.
///
/// Every rank makes the same calls in the same order, with the same sizes: each call waits for the others.
/// Nothing is thrown: a call that cannot be completed ends all ranks (`abort`).
public protocol Communicator: AnyObject, Sendable {
  /// Number of this process, from 0.
  var rank: Int { get }
  /// Number of processes.
  var size: Int { get }

  /// Replaces bytes by those of rank 0.
  /// - Parameter name: of what is exchanged, for the message when it does not come back.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, _ name: StaticString)
  /// Replaces each number by its sum over the ranks; all of them get the same bits.
  func sum(_ values: UnsafeMutableBufferPointer<Float>, _ name: StaticString)
  /// The same for doubles.
  func sum(_ values: UnsafeMutableBufferPointer<Double>, _ name: StaticString)
  /// The bytes of all ranks, in the order of ranks; each may give another number of them.
  func gather(_ bytes: [UInt8], _ name: StaticString) -> [[UInt8]]
  /// Waits for all ranks.
  func barrier(_ name: StaticString)

  /// A communicator of the same ranks for one other thread; its calls may run at the same time as this one's.
  /// Every rank makes it at the same place. nil where only one thread may communicate.
  func forAnotherThread() -> (any Communicator)?

  /// Ends all ranks at once.
  func abort(status: Int32) -> Never
}

extension Communicator {
  /// Whether this rank writes files and talks to the user.
  package var isFirst: Bool { rank == 0 }
}

/// The communicator of a process that works alone: nothing to exchange.
public final class OneProcess: Communicator {
  /// The only rank there is.
  public let rank = 0
  /// One process.
  public let size = 1

  /// A process that shares nothing.
  public init() {}

  /// The bytes stay as they are.
  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, _ name: StaticString) {}
  /// The sums of one process are its numbers.
  public func sum(_ values: UnsafeMutableBufferPointer<Float>, _ name: StaticString) {}
  /// The sums of one process are its numbers.
  public func sum(_ values: UnsafeMutableBufferPointer<Double>, _ name: StaticString) {}
  /// The bytes of the only rank.
  public func gather(_ bytes: [UInt8], _ name: StaticString) -> [[UInt8]] { [bytes] }
  /// Nobody is waited for.
  public func barrier(_ name: StaticString) {}
  /// A thread may have one of its own.
  public func forAnotherThread() -> (any Communicator)? { OneProcess() }
  /// Ends the process.
  public func abort(status: Int32) -> Never { exit(status) }
}
