import Basics
import CCUDA

/// The functions of cuDNN's graph API.
final class CUDNN: @unchecked Sendable {
  /// The functions never change after the library is loaded.
  let functions: fcu_cudnn
  let version: Version
  /// The major version of CUDA that it was built for; nil where it does not say.
  let cuda: Int?

  /// A version as cuDNN counts: 9.10.2.
  struct Version: Comparable, CustomStringConvertible {
    let major, minor, patch: Int

    init(_ major: Int, _ minor: Int, _ patch: Int) {
      (self.major, self.minor, self.patch) = (major, minor, patch)
    }

    /// cuDNN 8 says 8907 for 8.9.7, cuDNN 9 says 91002 for 9.10.2.
    init(code: Int) {
      self =
        code >= 90_000
        ? .init(code / 10_000, code / 100 % 100, code % 100) : .init(code / 1000, code / 100 % 10, code % 100)
    }

    static func < (a: Version, b: Version) -> Bool {
      (a.major, a.minor, a.patch) < (b.major, b.minor, b.patch)
    }

    var description: String { "\(major).\(minor).\(patch)" }
  }

  init(_ functions: fcu_cudnn) {
    self.functions = functions
    version = Version(code: functions.cudnnGetVersion())
    cuda = functions.cudnnGetCudartVersion.map { $0() / 1000 }.flatMap { $0 > 0 ? Int($0) : nil }
  }

  /// Why it does not serve a GPU; nil where it does. 9.10.2 is the last for GPUs before sm_75. Newer ones plan slow
  /// convolutions for them without a word.
  func refusal(of capability: (major: Int, minor: Int), _ name: String) -> InputError? {
    guard (capability.major, capability.minor) < (7, 5), version > .init(9, 10, 2) else { return nil }
    return InputError(
      .environment, "cuDNN \(version)",
      "no longer supports \(name) (sm_\(capability.major)\(capability.minor))",
      remedy: "load cuDNN 9.10.2 or older")
  }

  /// The library's own words about the last failure of this thread.
  func text(of status: Int32) -> String {
    let name = functions.cudnnGetErrorString(status).map { String(cString: $0) } ?? "error \(status)"
    guard let last = functions.cudnnGetLastErrorString else { return name }
    var buffer = [CChar](repeating: 0, count: 512)
    last(&buffer, buffer.count)
    let details = CUDAEngine.text(buffer)
    return details.isEmpty ? name : "\(name): \(details)"
  }
}
