import Basics
import Foundation
import Testing

/// A library of NVIDIA on this machine, for tests that need no GPU. `scripts/gpu/libraries.sh` gets it.
package enum RealLibrary: String {
  case nvrtc = "FUSIONCTL_NVRTC"
  case cudnn = "FUSIONCTL_CUDNN"

  /// The path of the library's file; nil where the variable is not set.
  package var path: String? {
    ProcessInfo.processInfo.environment[rawValue].flatMap { $0.isEmpty ? nil : $0 }
  }

  /// An environment in which the library is found first.
  package var environment: [String: String] { ["FUSIONCTL_CUDA_LIBS": path.map(Path.folder) ?? ""] }

  /// Why tests of it are skipped.
  package var absence: Comment { "\(rawValue) does not name the library" }
}
