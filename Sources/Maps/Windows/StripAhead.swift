import Basics
import Synchronization

/// Reads the strip of a unit of windows while the one before it is computed.
final class StripAhead: Sendable {
  private final class Box: Sendable {
    let value = Mutex<Result<SceneStrip, any Error>?>(nil)
  }

  private let box = Box()
  private nonisolated(unsafe) let thread: WorkerThread

  /// Starts reading. No other thread reads the scene until `take` has returned.
  /// - Throws: `InputError` (environment) when the system refuses the thread.
  init(_ scene: Scene, _ unit: WindowPlan.Unit, _ plan: WindowPlan) throws {
    let box = box
    thread = try WorkerThread("the thread that reads the scene") {
      let found = Result { try scene.strip(of: unit, plan) }
      box.value.withLock { $0 = found }
    }
  }

  /// Waits for the strip; call once.
  /// - Throws: `InputError` (data) for a file that cannot be read.
  func take() throws -> SceneStrip {
    thread.join()
    return try box.value.withLock { $0! }.get()
  }
}
