import CCUDA
import Networks

/// The arguments of a launch as the driver takes them: an array of addresses of values.
final class PackedArguments: @unchecked Sendable {
  /// One argument with its value.
  enum Value {
    case address(fcu_address)
    case int(Int32)
    case count(Int)
    case float(Float)
    case double(Double)

    fileprivate var bits: UInt64 {
      switch self {
      case .address(let address): address
      case .int(let value): UInt64(UInt32(bitPattern: value))
      case .count(let value): UInt64(value)
      case .float(let value): UInt64(value.bitPattern)
      case .double(let value): value.bitPattern
      }
    }
  }

  /// 8 bytes for each argument; shorter ones use the first bytes of theirs.
  private let values: UnsafeMutableBufferPointer<UInt64>
  private let addresses: UnsafeMutableBufferPointer<UnsafeMutableRawPointer?>

  init(_ arguments: [Value]) {
    values = .allocate(capacity: arguments.count)
    addresses = .allocate(capacity: arguments.count)
    for (index, argument) in arguments.enumerated() {
      values.initializeElement(at: index, to: argument.bits)
      addresses.initializeElement(at: index, to: UnsafeMutableRawPointer(values.baseAddress! + index))
    }
  }

  deinit {
    values.deallocate()
    addresses.deallocate()
  }

  var pointer: UnsafeMutablePointer<UnsafeMutableRawPointer?> { addresses.baseAddress! }
}

extension CUDAStream {
  /// Queues a launch of a kernel.
  func launch(_ function: fcu_function, _ kernel: String, _ arguments: PackedArguments, _ shape: LaunchShape)
    throws
  {
    try context.driver.check(
      context.driver.functions.cuLaunchKernel(
        function, UInt32(shape.blocks), UInt32(shape.rows), 1, UInt32(LaunchShape.threads), 1, 1, 0, handle,
        arguments.pointer, nil), "starting \(kernel)")
  }
}
