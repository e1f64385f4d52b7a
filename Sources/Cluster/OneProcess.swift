import Foundation

/// The communicator of a process that works alone: nothing to exchange.
public final class OneProcess: Communicator {
  public let rank = 0
  public let size = 1

  public init() {}

  public func broadcast(_ bytes: UnsafeMutableRawBufferPointer, _ name: StaticString) {}
  public func sum(_ values: UnsafeMutableBufferPointer<Float>, _ name: StaticString) {}
  public func sum(_ values: UnsafeMutableBufferPointer<Double>, _ name: StaticString) {}
  public func gather(_ bytes: [UInt8], _ name: StaticString) -> [[UInt8]] { [bytes] }
  public func barrier(_ name: StaticString) {}
  public func forAnotherThread() -> (any Communicator)? { OneProcess() }
  public func abort(status: Int32) -> Never { exit(status) }
}
