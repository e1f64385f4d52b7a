import Basics

/// The options of a synthetic data set. The same options give the same bytes.
package struct SyntheticOptions: Equatable, Sendable {
  package let scenes: Int
  package let patchesPerScene: Int
  /// Height and width of a patch in pixels.
  package let size: Int
  package let seed: UInt64
  package let signal: SyntheticSignal

  /// - Throws: `InputError` (usage) for fewer than 3 scenes (one for each split), no patches, or a size outside
  ///   16 to 512 pixels.
  package init(scenes: Int, patchesPerScene: Int, size: Int, seed: UInt64, signal: SyntheticSignal) throws {
    func check(_ flag: String, _ value: Int, _ range: ClosedRange<Int>, _ reason: String) throws {
      guard range.contains(value) else {
        throw InputError(
          .usage, flag, "expected \(range.lowerBound) to \(range.upperBound), found \(value)", remedy: reason)
      }
    }
    try check("--scenes", scenes, 3...9999, "training, validation and test need a scene each")
    try check("--patches-per-scene", patchesPerScene, 1...9999, "a scene needs at least one patch")
    try check("--size", size, 16...512, "choose the height and width of a patch in pixels; SEN12MS has 256")
    self.scenes = scenes
    self.patchesPerScene = patchesPerScene
    self.size = size
    self.seed = seed
    self.signal = signal
  }
}
