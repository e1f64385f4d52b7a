import Basics

/// `gpu-plan.json`: what the device has chosen, to be chosen again when the run goes on. A device without choices leaves the
/// file alone.
struct DeviceChoicesFile: RunObserver {
  static let name = "gpu-plan.json"

  let path: String
  let files: FileSystem

  var name: String { Self.name }
  var delivery: RunDelivery { .onceSaved }

  func observe(_ event: RunEvent) throws {
    switch event {
    case .started(let start):
      if let choices = start.choices { try AtomicFile.write(choices, to: path, files: files) }
    case .step, .epoch, .evaluation, .checkpoint, .stopped, .finished: break
    }
  }
}
