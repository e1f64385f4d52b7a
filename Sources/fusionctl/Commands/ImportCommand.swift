import ArgumentParser
import Training

extension WeightImport.NormalisationSource: ExpressibleByArgument {}

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make a checkpoint from the weights in a safetensors file.",
    discussion: """
      The file must hold every tensor of the experiment's network under torchvision's names, and no other; what \
      differs is listed. A prefix that all names have, such as module., is left out. A file that export has \
      written holds its experiment and needs no --config. The checkpoint can be tested, validated, inspected, \
      exported, and trained from (train --init-from).
      """)

  @Option(name: .long, help: ArgumentHelp("The safetensors file.", valueName: "file"))
  var weights: String

  @OptionGroup var experimentOptions: ExperimentOptions

  @Option(name: .long, help: ArgumentHelp("The checkpoint to write.", valueName: "file"))
  var out: String

  @Option(
    name: .long,
    help: """
      How the input was normalised: published (the constants of the paper) or file (as its metadata say). \
      Default: file, or published where the metadata do not say it.
      """)
  var normalisation: WeightImport.NormalisationSource?

  @Flag(name: .long, help: "Replace an existing file.")
  var force = false

  @OptionGroup var output: OutputOptions

  func run() throws {
    let progress = output.progress
    var inputs = CommandInputs()
    inputs.add("the file of weights", weights)
    inputs.add("the configuration", experimentOptions.config)
    let file = try OutputFile(model: out, as: .checkpoint, inputs: inputs, replaces: force)
    let weights = try WeightImport(
      weights: weights,
      experiment: try experimentOptions.experiment(or: WeightImport.experiment(in: weights)),
      normalisation: normalisation,
      list: { progress.message($0) })
    progress.message("wrote \(try weights.write(to: file))")
  }
}
