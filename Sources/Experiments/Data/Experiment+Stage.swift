import Basics
import Foundation

extension Experiment {
  /// The folder to which a training copies shards of a pack, with the values of environment variables; nil to copy none.
  ///
  ///     data.stage: $TMPDIR/packs   →   /local/job-17/packs
  /// - Throws: `InputError` (usage) for a variable that is not set, or is empty.
  package func stageFolder(
    _ environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> String? {
    guard let stage = data.stage else { return nil }
    return try stage.replacing(/\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/) { match in
      let name = String(match.1 ?? match.2 ?? "")
      guard let value = environment[name], !value.isEmpty else {
        throw InputError(
          .usage, "data.stage \(stage)", "\(name) is not set",
          remedy: "set \(name), or name a folder of this node")
      }
      return value
    }
  }
}
