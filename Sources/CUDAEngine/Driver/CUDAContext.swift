import Basics
import CCUDA

/// A GPU in use by this process: its primary context, which every thread makes current before it calls the driver.
final class CUDAContext: Sendable {
  let driver: CUDADriver
  /// Number of the GPU among those that `CUDA_VISIBLE_DEVICES` shows, from 0.
  let number: Int
  private let device: fcu_device
  private let handle: Handle

  private struct Handle: @unchecked Sendable { let context: fcu_context }

  /// Opens a GPU.
  /// - Throws: `InputError` (environment) when the GPU is used exclusively by another process, or out of memory.
  init(_ driver: CUDADriver, number: Int) throws {
    self.driver = driver
    self.number = number
    var device: fcu_device = 0
    try driver.check(driver.functions.cuDeviceGet(&device, Int32(number)), "opening cuda:\(number)")
    self.device = device
    var context: fcu_context?
    let code = driver.functions.cuDevicePrimaryCtxRetain(&context, device)
    if Int(code) == FCU_DEVICE_UNAVAILABLE {
      throw InputError(
        .environment, "cuda:\(number)", "is in use by another process, and its compute mode allows only one",
        remedy: "wait for that process, or choose another GPU (--device cuda:N)")
    }
    try driver.check(code, "opening cuda:\(number)")
    handle = Handle(context: context!)
    try makeCurrent()
  }

  deinit { _ = driver.functions.cuDevicePrimaryCtxRelease_v2(device) }

  /// Makes the context current on this thread. Costs less than a microsecond.
  func makeCurrent() throws {
    try driver.check(driver.functions.cuCtxSetCurrent(handle.context), "using cuda:\(number)")
  }

  /// Bytes of the GPU that are free now, and all.
  func memory() throws -> (free: Int, total: Int) {
    try makeCurrent()
    var (free, total) = (0, 0)
    try driver.check(driver.functions.cuMemGetInfo_v2(&free, &total), "asking for its memory")
    return (free, total)
  }
}
