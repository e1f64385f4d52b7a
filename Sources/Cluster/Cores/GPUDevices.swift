import Basics

/// Graphics processors of any maker, also those that this program cannot use.
package enum GPUDevices {
  /// Files that the drivers of NVIDIA and of AMD make.
  private static let files = ["/proc/driver/nvidia/version", "/dev/nvidia0", "/dev/kfd"]

  /// Whether this machine seems to have a graphics processor.
  package static var arePresent: Bool {
    files.contains { path in
      if case .present = PathState.of(path) { true } else { false }
    }
  }
}
