import Foundation

/// The communicator of a process that works alone: nothing to exchange.
package final class OneProcess: Communicator {
  package let rank = 0
  package let size = 1

  package init() {}

  package func broadcast(_ bytes: UnsafeMutableRawBufferPointer, _ name: StaticString) {}
  package func sum(_ values: UnsafeMutableBufferPointer<Float>, _ name: StaticString) {}
  package func sum(_ values: UnsafeMutableBufferPointer<Double>, _ name: StaticString) {}
  package func gather(_ bytes: [UInt8], _ name: StaticString) -> [[UInt8]] { [bytes] }
  package func barrier(_ name: StaticString) {}
  package func forAnotherThread() -> (any Communicator)? { OneProcess() }
  package func abort(status: Int32) -> Never { exit(status) }
}
