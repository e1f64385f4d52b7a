import Basics
import CCUDA

/// The functions of NVIDIA's driver, whose failures become errors.
final class CUDADriver: @unchecked Sendable {
  /// The functions never change after the library is loaded, and any thread may call them.
  let functions: fcu_driver
  /// The newest version of CUDA that it supports.
  let cuda: (major: Int, minor: Int)

  var versionText: String { "\(cuda.major).\(cuda.minor)" }

  init(_ functions: fcu_driver) {
    self.functions = functions
    var version: Int32 = 0
    _ = functions.cuDriverGetVersion(&version)
    cuda = (Int(version) / 1000, Int(version) % 1000 / 10)
  }

  /// Checks the result of a call.
  /// - Parameters:
  ///   - purpose: what the call was for, in words that follow "the GPU failed while": "copying a batch".
  ///   - isStart: whether the GPU is not yet in use by this process, so that it cannot be lost.
  /// - Throws: `InputError`: environment for too little memory; `lostDevice` for a device that must be reset before it can
  ///   compute again; environment for any other failure.
  func check(_ code: Int32, _ purpose: @autoclosure () -> String, isStart: Bool = false) throws(InputError) {
    guard Int(code) != FCU_SUCCESS else { return }
    throw error(code, purpose(), isStart: isStart)
  }

  /// The error of a call that failed.
  func error(_ code: Int32, _ purpose: String, isStart: Bool = false) -> InputError {
    let reason = "\(name(of: code)): \(text(of: code))"
    if Int(code) == FCU_OUT_OF_MEMORY {
      return InputError(
        .environment, "GPU memory", "is too small for \(purpose) (\(reason))",
        remedy:
          "choose a smaller batch (--batch-size), --memory low, or a GPU with more free memory (nvidia-smi)")
    }
    if Self.isSticky(code) || !isStart && Self.meansLoss(code) {
      return InputError(
        .lostDevice, "GPU", "was lost while \(purpose) (\(reason))",
        remedy: "run again with --resume; if it happens again, leave that GPU out")
    }
    return InputError(
      .environment, "GPU", "failed while \(purpose) (\(reason))",
      remedy: "see 'fusionctl doctor', or compute on the CPU: --device cpu")
  }

  /// Whether no call can succeed after this error until the process ends.
  private static func isSticky(_ code: Int32) -> Bool {
    switch Int(code) {
    // Uncorrectable errors of memory (one of them contained) and of links between GPUs; faults of kernels: addresses, time
    // limits, a destroyed context, asserts, instructions; a fault of another device.
    case FCU_ECC_UNCORRECTABLE, 220, 226, 700, 702, 709, 710, 714...719, 911: true
    default: false
    }
  }

  /// Whether the error says that a GPU in use has left the machine. Before it is in use, the same codes mean a GPU that
  /// others use or a faulty installation.
  private static func meansLoss(_ code: Int32) -> Bool {
    [FCU_DEVICE_UNAVAILABLE, FCU_UNKNOWN].contains(Int(code))
  }

  private func name(of code: Int32) -> String { string(code, functions.cuGetErrorName) ?? "error \(code)" }

  private func text(of code: Int32) -> String { string(code, functions.cuGetErrorString) ?? "no text" }

  private func string(
    _ code: Int32, _ function: @convention(c) (Int32, UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> Int32
  ) -> String? {
    var text: UnsafePointer<CChar>?
    guard Int(function(code, &text)) == FCU_SUCCESS else { return nil }
    return text.map { String(cString: $0) }
  }
}
