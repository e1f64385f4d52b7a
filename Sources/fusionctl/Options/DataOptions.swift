import ArgumentParser
import Training

/// The folders of the patches and of their labels.
struct DataOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      The data folder: SEN12MS (ROIs1158_spring/s2_1/…), or with a dataset.yaml; else FUSIONCTL_DATA, else that of the run.
      """,
      valueName: "folder"))
  var data: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      SEN12MS: folder of split lists and IGBP_probability_labels.pkl; else FUSIONCTL_LABELS, else that of the run.
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
