import Basics
import CCUDA

/// The functions of NVIDIA's driver, whose failures become errors.
final class CUDADriver: @unchecked Sendable {
  /// The functions never change after the library is loaded, and any thread may call them.
  let functions: fcu_driver

  init(_ functions: fcu_driver) { self.functions = functions }

  /// Checks the result of a call.
  /// - Parameter purpose: what the call was for, in words that follow "the GPU failed while": "copying a batch".
  /// - Throws: `InputError`: environment for too little memory; `lostDevice` for a device that must be reset before it can
  ///   compute again; environment for any other failure.
  func check(_ code: Int32, _ purpose: @autoclosure () -> String) throws {
    guard Int(code) != FCU_SUCCESS else { return }
    throw error(code, purpose())
  }

  /// The error of a call that failed.
  func error(_ code: Int32, _ purpose: String) -> InputError {
    let reason = "\(name(of: code)): \(text(of: code))"
    if Int(code) == FCU_OUT_OF_MEMORY {
      return InputError(
        .environment, "GPU memory", "is too small for \(purpose) (\(reason))",
        remedy: "choose a smaller batch (--batch-size), or --memory low")
    }
    if Self.isSticky(code) {
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
    // Uncorrectable memory errors, and faults of kernels: addresses, instructions, asserts, time limits.
    case FCU_ECC_UNCORRECTABLE, 220, 700, 702, 710, 714...719: true
    default: false
    }
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
