import ArgumentParser
import Training

/// The folders of the patches and of their labels.
struct DataOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The SEN12MS folder (ROIs1158_spring/s2_1/…); else FUSIONCTL_DATA, else the folder of a named run.",
      valueName: "folder"))
  var data: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      The folder with split lists and IGBP_probability_labels.pkl; else FUSIONCTL_LABELS, else the folder of the run.
      """,
      valueName: "folder"))
  var labels: String?

  /// Both folders.
  /// - Parameter runs: folders of the runs that the command uses. Their summaries name their data.
  /// - Throws: `InputError`, see `DataPlaces`.
  func places(of runs: [String] = []) throws -> DataPlaces {
    try .resolve(data: data, labels: labels, runs: runs)
  }
}
