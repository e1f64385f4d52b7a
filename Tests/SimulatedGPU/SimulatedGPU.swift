import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The simulated GPU for tests: NVIDIA's libraries as this package builds them, under the names that programs look for.
///
/// The simulation is one for the process. `exclusive` lets one test at a time use it.
public enum SimulatedGPU {
  /// When the work of streams is done, see simulated_cuda.h.
  public enum Order: Int32, CaseIterable, Sendable { case lazy, eager, first, second }

  private static let lock = Mutex(())

  /// Runs a test on the device as it is after a start. A complaint of the device is an error.
  public static func exclusive<Result>(
    _ order: Order = .lazy, _ body: ([String: String]) throws -> sending Result
  ) throws -> Result {
    try lock.withLock { _ in
      begin(order)
      let result = try body(environment)
      if complaints > 0 { throw Complaint(text: complaint) }
      return result
    }
  }

  /// Runs a test that makes a mistake on purpose.
  /// - Returns: the first complaint of the device; nil without one.
  public static func complaint(
    _ order: Order = .lazy, of body: ([String: String]) throws -> Void
  ) rethrows -> String? {
    try lock.withLock { _ in
      begin(order)
      try body(environment)
      return complaints > 0 ? complaint : nil
    }
  }

  private static func begin(_ order: Order) {
    call("simulated_reset", as: (@convention(c) () -> Void).self)()
    set("simulated_set_order", order.rawValue)
  }

  /// The device found a mistake.
  public struct Complaint: Error, CustomStringConvertible {
    let text: String
    /// The first complaint.
    public var description: String { "the simulated device complains: \(text)" }
  }

  /// Number of complaints since the start.
  public static var complaints: Int32 {
    call("simulated_complaints", as: (@convention(c) () -> Int32).self)()
  }

  /// The first complaint.
  public static var complaint: String {
    String(cString: call("simulated_complaint", as: (@convention(c) () -> UnsafePointer<CChar>).self)())
  }

  /// Bytes of device memory in use.
  public static var bytes: Int { call("simulated_bytes", as: (@convention(c) () -> Int).self)() }
  /// The most bytes of device memory in use so far.
  public static var peakBytes: Int { call("simulated_peak_bytes", as: (@convention(c) () -> Int).self)() }
  /// Bytes of locked memory of the machine in use.
  public static var lockedBytes: Int { call("simulated_locked_bytes", as: (@convention(c) () -> Int).self)() }
  /// Allocations, streams, graphs, descriptors and the like that are not destroyed.
  public static var liveHandles: Int32 {
    call("simulated_live_handles", as: (@convention(c) () -> Int32).self)()
  }

  /// Kinds of things that are counted, see simulated_cuda.h.
  public enum Count: Int32, Sendable { case allocations, launches, calls, compilations }

  /// How often something happened since the start.
  public static func count(_ kind: Count) -> Int32 {
    call("simulated_count", as: (@convention(c) (Int32) -> Int32).self)(kind.rawValue)
  }

  /// Calls a function of simulated_cuda.h that takes one number.
  public static func set(_ function: String, _ value: Int32) {
    call(function, as: (@convention(c) (Int32) -> Void).self)(value)
  }

  /// The same with a number of bytes.
  public static func set(_ function: String, bytes: Int) {
    call(function, as: (@convention(c) (Int) -> Void).self)(bytes)
  }

  /// The same with two numbers.
  public static func set(_ function: String, _ first: Int32, _ second: Int32) {
    call(function, as: (@convention(c) (Int32, Int32) -> Void).self)(first, second)
  }

  private static func call<Function>(_ name: String, as _: Function.Type) -> Function {
    _ = library
    guard let address = dlsym(nil, name) else {
      preconditionFailure("the simulation has no \(name)")
    }
    return unsafeBitCast(address, to: Function.self)
  }

  /// Loads the libraries. Their names are global, so that the simulated cuDNN finds the functions of the device.
  private static let library: Void = {
    for name in ["libcuda.so.1", "libcudnn.so.9"]
    where dlopen("\(folder)/\(name)", RTLD_NOW | RTLD_GLOBAL) == nil {
      preconditionFailure("the simulated GPU cannot be loaded: \(String(cString: dlerror()))")
    }
  }()

  /// The environment in which the libraries are found.
  public static var environment: [String: String] { ["FUSIONCTL_CUDA_LIBS": folder] }

  /// A folder with links to the built libraries under NVIDIA's names. It lies beside them and stays.
  public static let folder: String = {
    let products = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().path
    let folder = FileManager.default.temporaryDirectory.appending(path: "fusionctl-simulated-gpu-\(getpid())")
      .path
    try! FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, product) in [
      ("libcuda.so.1", "SimulatedCUDA"), ("libnvrtc.so.13", "SimulatedCUDA"),
      ("libcudnn.so.9", "SimulatedCUDNN"),
    ] {
      try? FileManager.default.createSymbolicLink(
        atPath: "\(folder)/\(name)", withDestinationPath: "\(products)/lib\(product).so")
    }
    return folder
  }()
}
