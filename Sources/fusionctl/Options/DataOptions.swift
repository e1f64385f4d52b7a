import ArgumentParser

/// Where the patches and their labels are.
struct DataOptions: ParsableArguments {
  @Option(name: .long, help: "The SEN12MS folder (ROIs1158_spring/s2_1/…).")
  var data: String

  @Option(name: .long, help: "The folder with split lists and IGBP_probability_labels.pkl.")
  var labels: String
}
