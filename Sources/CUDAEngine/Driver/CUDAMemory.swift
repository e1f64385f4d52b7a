import Basics
import CCUDA

/// Memory of a GPU.
///
/// The driver knows the address alone. Swift may end an object after its last use, so the owner keeps this one until the work on
/// it is done: as a property, or with `withExtendedLifetime`.
final class DeviceMemory: @unchecked Sendable {
  let address: fcu_address
  let bytes: Int
  private let context: CUDAContext

  /// - Parameter purpose: what the memory is for, for messages: "parameters".
  /// - Throws: `InputError` (environment) when the GPU has too little memory.
  init(_ bytes: Int, on context: CUDAContext, for purpose: String) throws {
    self.context = context
    self.bytes = bytes
    try context.makeCurrent()
    var address: fcu_address = 0
    // The driver refuses an allocation of no bytes.
    try context.driver.check(
      context.driver.functions.cuMemAlloc_v2(&address, max(bytes, 1)), "\(purpose), \(bytes) bytes")
    self.address = address
    context.count(max(bytes, 1))
  }

  deinit {
    try? context.makeCurrent()
    _ = context.driver.functions.cuMemFree_v2(address)
    context.count(-max(bytes, 1))
  }
}

/// Memory of the machine that a GPU copies from and to while the process goes on. As for `DeviceMemory`, its owner keeps it until
/// the copies are done.
final class PinnedMemory: @unchecked Sendable {
  let pointer: UnsafeMutableRawPointer
  let bytes: Int
  private let context: CUDAContext

  /// - Throws: `InputError` (environment) when the machine has too little memory that can be locked.
  init(_ bytes: Int, on context: CUDAContext, for purpose: String) throws {
    self.context = context
    self.bytes = bytes
    try context.makeCurrent()
    var pointer: UnsafeMutableRawPointer?
    let code = context.driver.functions.cuMemHostAlloc(&pointer, max(bytes, 1), 0)
    if Int(code) == FCU_OUT_OF_MEMORY {
      throw InputError(
        .environment, "memory", "\(bytes) bytes for \(purpose) cannot be locked for copies to the GPU",
        remedy: "choose a smaller batch (--batch-size), or ask for more memory")
    }
    try context.driver.check(code, "locking memory for \(purpose)")
    self.pointer = pointer!
  }

  deinit {
    try? context.makeCurrent()
    _ = context.driver.functions.cuMemFreeHost(pointer)
  }
}
