import Basics
import CCUDA
import Synchronization

/// A GPU in use by this process: its primary context, which every thread makes current before it calls the driver.
final class CUDAContext: Sendable {
  let driver: CUDADriver
  /// Number of the GPU among those that `CUDA_VISIBLE_DEVICES` shows, from 0.
  let number: Int
  private let device: fcu_device
  private let handle: Handle

  private struct Handle: @unchecked Sendable { let context: fcu_context }

  /// Bytes that `DeviceMemory` has of the GPU now, and the most that it has had at a time.
  private let given = Mutex((now: 0, peak: 0))

  /// Opens a GPU.
  /// - Throws: `InputError` (environment) when another process uses the GPU exclusively, or others leave no memory.
  init(_ driver: CUDADriver, number: Int) throws(InputError) {
    self.driver = driver
    self.number = number
    var device: fcu_device = 0
    try driver.check(
      driver.functions.cuDeviceGet(&device, Int32(number)), "opening cuda:\(number)", isStart: true)
    self.device = device
    var context: fcu_context?
    let code = driver.functions.cuDevicePrimaryCtxRetain(&context, device)
    if Int(code) == FCU_DEVICE_UNAVAILABLE {
      throw InputError(
        .environment, "cuda:\(number)", "is in use by another process, and its compute mode allows only one",
        remedy: "wait for that process, or choose another GPU (--device cuda:N)")
    }
    if Int(code) == FCU_OUT_OF_MEMORY {
      throw InputError(
        .environment, "cuda:\(number)", "other processes have taken its memory",
        remedy: "wait for those processes, or choose another GPU (--device cuda:N)")
    }
    try driver.check(code, "opening cuda:\(number)", isStart: true)
    handle = Handle(context: context!)
    try makeCurrent()
  }

  deinit { _ = driver.functions.cuDevicePrimaryCtxRelease_v2(device) }

  /// Makes the context current on this thread. Costs less than a microsecond.
  func makeCurrent() throws(InputError) {
    try driver.check(driver.functions.cuCtxSetCurrent(handle.context), "using cuda:\(number)")
  }

  /// Bytes of the GPU that are free now, and all.
  func memory() throws(InputError) -> (free: Int, total: Int) {
    try makeCurrent()
    var (free, total) = (0, 0)
    try driver.check(driver.functions.cuMemGetInfo_v2(&free, &total), "asking for its memory")
    return (free, total)
  }

  /// The most bytes of `DeviceMemory` at a time so far.
  var peakBytes: Int { given.withLock { $0.peak } }

  /// Notes that `DeviceMemory` has got or, if negative, given back some bytes.
  func count(_ bytes: Int) {
    given.withLock {
      $0.now += bytes
      $0.peak = max($0.peak, $0.now)
    }
  }
}
