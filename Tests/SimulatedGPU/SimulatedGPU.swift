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
  ///
  /// What the test makes may be destroyed later: the device takes no offence at objects of an earlier test.
  public static func exclusive<Result>(
    _ order: Order = .lazy, file: String = #fileID, function: String = #function,
    _ body: ([String: String]) throws -> sending Result
  ) throws -> Result {
    try lock.withLock { _ in
      begin(order, "\(file), \(function)")
      defer { end() }
      let result = try body(environment)
      kept = []
      if complaints > 0 { throw Complaint(text: complaint, test: complainer) }
      return result
    }
  }

  /// Runs a test that makes a mistake on purpose.
  /// - Returns: the first complaint of the device; nil without one.
  public static func complaint(
    _ order: Order = .lazy, file: String = #fileID, function: String = #function,
    of body: ([String: String]) throws -> Void
  ) rethrows -> String? {
    try lock.withLock { _ in
      begin(order, "\(file), \(function)")
      defer { end() }
      try body(environment)
      kept = []
      return complaints > 0 ? complaint : nil
    }
  }

  private static func begin(_ order: Order, _ test: String) {
    name(test)
    call("simulated_reset", as: (@convention(c) () -> Void).self)()
    set("simulated_set_order", order.rawValue)
  }

  private static func end() {
    kept = []
    name("")
  }

  /// What the test that runs must not lose. Only the thread that has the lock uses it.
  nonisolated(unsafe) private static var kept: [AnyObject] = []

  /// Keeps an object until the test ends. Swift may end an object after its last use, in release builds above all, while
  /// queued work still uses its memory: the device has addresses, and no objects.
  public static func keep<Object: AnyObject>(_ object: Object) -> Object {
    kept.append(object)
    return object
  }

  /// Names the test that this thread runs; empty for none.
  private static func name(_ test: String) {
    test.withCString {
      call("simulated_name_test", as: (@convention(c) (UnsafePointer<CChar>) -> Void).self)($0)
    }
  }

  /// The device found a mistake.
  public struct Complaint: Error, CustomStringConvertible {
    let text, test: String
    /// The first complaint, and the test whose thread caused it.
    public var description: String {
      "the simulated device complains: \(text), in \(test.isEmpty ? "a thread of no test" : test)"
    }
  }

  /// Number of complaints since the start.
  public static var complaints: Int32 {
    call("simulated_complaints", as: (@convention(c) () -> Int32).self)()
  }

  /// The first complaint.
  public static var complaint: String { text("simulated_complaint") }
  /// The test whose thread caused it; empty for a thread of no test.
  private static var complainer: String { text("simulated_complainer") }

  private static func text(_ function: String) -> String {
    String(cString: call(function, as: (@convention(c) () -> UnsafePointer<CChar>).self)())
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

  /// The environment in which a program finds the libraries, and sees the first device. Its kernels stay out of the user's
  /// cache.
  public static var environment: [String: String] {
    ["FUSIONCTL_CUDA_LIBS": folder, "CUDA_VISIBLE_DEVICES": "0", "XDG_CACHE_HOME": "\(folder)/cache"]
  }

  /// A folder with links to the built libraries under NVIDIA's names, and with compiled kernels. Each process
  /// makes it anew, because an earlier process may have had the same number, and removes it at its end.
  public static let folder: String = {
    let products = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().path
    var template = Array(
      FileManager.default.temporaryDirectory.appending(path: "fusionctl-simulated-gpu-XXXXXX").path
        .utf8CString)
    guard mkdtemp(&template) != nil else { preconditionFailure("no folder for the simulated GPU: \(errno)") }
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    atexit { try? FileManager.default.removeItem(atPath: SimulatedGPU.folder) }
    for (name, product) in [
      ("libcuda.so.1", "SimulatedCUDA"), ("libnvrtc.so.13", "SimulatedCUDA"),
      ("libcudnn.so.9", "SimulatedCUDNN"),
    ] {
      try! FileManager.default.createSymbolicLink(
        atPath: "\(folder)/\(name)", withDestinationPath: "\(products)/lib\(product).so")
    }
    return folder
  }()
}
