import Basics

/// Graphics processors, which this program does not use.
package enum GPUDevices {
  /// Files that the drivers of computing devices make: NVIDIA's and AMD's.
  private static let files = ["/proc/driver/nvidia/version", "/dev/nvidia0", "/dev/kfd"]

  /// Whether this machine seems to have one.
  package static var arePresent: Bool {
    files.contains { path in
      if case .present = PathState.of(path) { true } else { false }
    }
  }
}
