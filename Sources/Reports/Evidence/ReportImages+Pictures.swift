import Basics
import Experiments
import Imagery
import Presentation
import Training

extension ReportImages {
  /// Pixels of the longer side of a picture.
  private static let side = 128

  /// The pictures of some patches: true colour, radar, label map.
  /// - Returns: and why there are none, as a sentence; nil where there are some.
  static func pictures(
    of ids: [String], _ numbers: [String: Int], _ found: PatchSelection, _ experiment: Experiment, data: String,
    _ progress: ProgressReporter
  ) throws -> (pictures: [String: [(title: String, png: [UInt8])]], problem: String?) {
    let known = ids.filter { numbers[$0] != nil }
    guard !known.isEmpty else { return ([:], "The data folder has none of the patches.") }
    return ([:], "No pictures are made yet.")
  }
}
