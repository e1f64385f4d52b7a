import ArgumentParser
import Training

struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Compute mean and deviation of every band over the training patches.",
    discussion: """
      The bands are those of the experiment, the patches its training split. 'data.normalisation: computed' \
      makes 'train' compute and use the same figures.
      """)

  @OptionGroup var experimentOptions: ExperimentOptions
  @OptionGroup var dataOptions: DataOptions
  @OptionGroup var threadOptions: ThreadOptions

  @Flag(name: .long, help: "Print the figures as JSON.")
  var json = false

  @OptionGroup var output: OutputOptions

  func run() throws {
    let (named, progress) = (try dataOptions.places(), output.progress)
    let experiment = try experimentOptions.experiment(flags: threadOptions.overrides, data: named.data)
    let places = try named.fitting(experiment)
    places.note.map(progress.message)
    let statistics = try BandStatistics(
      experiment, data: places.data, labels: places.labels, progress: progress)
    Terminal.result(json ? try statistics.json : statistics.text, exact: json)
  }
}
