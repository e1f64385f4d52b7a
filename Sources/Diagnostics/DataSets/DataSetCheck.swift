import Basics
import Experiments
import Imagery
import Presentation

/// Checks a data folder before a training, by names and labels, and by the samples of some patches or of all.
///
/// Only an absent folder, a folder without patches, or a damaged manifest stops the check. Other faults are counted and
/// reported, as `Doctor` does.
package struct DataSetCheck: Sendable {
  /// A kind of file that each patch has.
  struct FileColumn: Sendable, Equatable {
    /// The name in JSON: "s1".
    let name: String
    /// The name in texts: "Sentinel-1".
    let title: String
  }

  /// The words for the places that patches come from.
  struct PlaceWords: Sendable, Equatable {
    let one, many: String

    static let scene = PlaceWords(one: "scene", many: "scenes")
    static let cluster = PlaceWords(one: "cluster", many: "clusters")
  }

  /// The name of the data set: "SEN12MS".
  let title: String
  let placeWords: PlaceWords
  /// The folder of the patches, as the user named it.
  package let data: String
  /// The label folder; nil where there is none.
  package let labels: String?
  /// The experiment that decides the classes and the validation split.
  package let experiment: Experiment
  /// Number of patches with a file of any kind.
  package let patches: Int
  /// Number of places that the patches come from; nil where the data set has none.
  package let places: Int?
  /// The seasons of SEN12MS that have patches; nil for other data sets.
  package let seasons: [String]?
  /// Sizes of a few images, the most frequent first; empty where none can be read.
  package let sizes: [PatchSize]
  /// Width of a pixel on the ground, metres.
  package let pixelMetres: Double?
  /// The kinds of files that are counted.
  let files: [FileColumn]
  /// Splits or, without lists, seasons.
  package let parts: [DataSetPart]
  /// Where validation patches come from; nil where splits are not known.
  let validation: (word: String, text: String)?
  package let overlaps: [SplitOverlap]
  /// Whether every sample was checked.
  package let hasSamples: Bool
  /// The inputs of a network whose samples are checked.
  package let inputs: [Channels]
  /// What is known through a manifest; nil for SEN12MS with a label folder.
  let survey: ManifestSurvey?
  let findings: [Finding]

  /// Whether the splits of a training are known.
  var hasSplits: Bool { validation != nil }

  /// Whether a training would start; without lists, whether all files can be reached.
  package var isTrainable: Bool { !findings.contains { $0.level == .problem } }
}
