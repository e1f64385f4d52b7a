import Basics
import Experiments
import Foundation
import Presentation

/// The disk space that the checkpoints of a run need, and the space that is free on the file system.
///
/// A run keeps three checkpoints: last, previous and best. While one is written there are four. Example: 4 × 135 MB
/// for ResNet18 with Adam.
struct CheckpointRoom {
  /// Bytes of one checkpoint, without the few bytes of names and settings.
  let checkpoint: Int
  /// Bytes of the checkpoints that the folder already holds.
  let taken: Int
  /// Bytes that may still be written; nil where the system does not say.
  let free: Int?
  /// Path of the run folder, for messages.
  let folder: String

  init(checkpoint: Int, taken: Int, free: Int?, folder: String) {
    (self.checkpoint, self.taken, self.free, self.folder) = (checkpoint, taken, free, folder)
  }

  /// - Parameter folder: the run folder, which may be absent.
  init(_ experiment: Experiment, in folder: String) {
    let numbers = experiment.tensorShapes.reduce(0) { $0 + $1.shape.reduce(1, *) }
    self.init(
      checkpoint: 4 * numbers * (1 + experiment.optimizerRule.slotNames.count),
      taken: ["last", "previous", "best"].reduce(0) { sum, name in
        var status = stat()
        return sum + (stat("\(folder)/checkpoints/\(name).h5", &status) == 0 ? Int(status.st_size) : 0)
      },
      free: FileSystemKind(of: RunFolderTrial.existing(folder))?.free, folder: folder)
  }

  /// One line about the lack of space; nil where all checkpoints fit.
  /// - Throws: `InputError` (environment) when not even the first checkpoint fits.
  func note() throws -> String? {
    guard let free else { return nil }
    let needed = 4 * checkpoint
    guard free >= checkpoint || taken > 0 else {
      throw InputError(
        .environment, "--out \(folder)",
        "a checkpoint takes \(NumberText.bytes(checkpoint)), and \(NumberText.bytes(free)) are free",
        remedy: "free some space or choose another folder")
    }
    guard free + taken < needed else { return nil }
    return "the checkpoints of the run take up to \(NumberText.bytes(needed)); \(folder) has "
      + "\(NumberText.bytes(free)) free" + (taken > 0 ? " and \(NumberText.bytes(taken)) of checkpoints" : "")
  }
}
