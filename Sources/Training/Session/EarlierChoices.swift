import Basics
import Networks

/// What a device chose for a part of the run that is done, see `DeviceChoices`.
struct EarlierChoices {
  /// Whether the run goes on.
  private let isResumed: Bool
  /// The choices; nil for a new run, and where none are kept.
  let text: String?

  /// The most bytes of the file: some hundred convolutions have less than 100 kB.
  private static let limit = 16 << 20

  /// Reads the file of a run that goes on.
  /// - Parameter folder: the run folder; nil where there is none.
  /// - Throws: `InputError` (environment) for a file that cannot be read.
  init(in folder: String?, isResumed: Bool) throws {
    self.isResumed = isResumed
    let path = folder.map { "\($0)/\(DeviceChoicesFile.name)" }
    guard isResumed, let path, PathState.of(path) != .absent else {
      text = nil
      return
    }
    text = String(
      decoding: try OpenFile.contents(of: path, limit: Self.limit, kind: .environment), as: UTF8.self)
  }

  /// One line where a run that goes on may end with other bits than without the interruption; else nil.
  /// - Parameter choices: what the device has chosen now; nil where it chooses nothing.
  func note(_ choices: DeviceChoices?) -> String? {
    guard isResumed, let choices else { return nil }
    let reason = text == nil ? "the run folder has no \(DeviceChoicesFile.name)" : choices.change
    return reason.map {
      "the results may differ in their last bits from those of an uninterrupted run: \($0)"
    }
  }
}
