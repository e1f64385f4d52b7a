import ArgumentParser

/// Where the patches and their labels are.
struct DataOptions: ParsableArguments {
  @Option(
    name: .long, help: ArgumentHelp("The SEN12MS folder (ROIs1158_spring/s2_1/…).", valueName: "folder"))
  var data: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The folder with split lists and IGBP_probability_labels.pkl.", valueName: "folder"))
  var labels: String
}
