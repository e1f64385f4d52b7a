import ArgumentParser
import Training

extension WeightImport.NormalisationSource: ExpressibleByArgument {}

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make a checkpoint from weights of PyTorch or in a safetensors file.",
    discussion: """
      Reads .pth, .pt, .ckpt and .safetensors files of torchvision, timm, TorchGeo, SSL4EO-S12, reBEN, Lightning, \
      the SEN12MS toolbox and of this program; nothing in a file is executed. Dictionary and prefix of the names \
      are found. The first convolution takes its bands by name. A classifier of other classes stays at its start. \
      What was taken, what not, and what is left at its start is listed. A safetensors file that export has written \
      holds its experiment and needs no --config. The checkpoint can be tested, validated, inspected, exported, \
      and trained from (train --init-from, which also takes the files themselves).
      """)

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A file of weights. Given again, each file fills the part that its --into names.", valueName: "file"))
  var weights: [String]

  @OptionGroup var experimentOptions: ExperimentOptions

  @Option(name: .long, help: ArgumentHelp("The checkpoint to write.", valueName: "file"))
  var out: String

  @OptionGroup var weightOptions: WeightOptions

  @Option(
    name: .long,
    help: """
      How the input was normalised: published (the constants of the paper), file (as its metadata say) or weights (as \
      its metadata or its preset of bands say). Default: weights, or published where it is not known.
      """)
  var normalisation: WeightImport.NormalisationSource?

  @Flag(name: .long, help: "Replace an existing file.")
  var force = false

  @OptionGroup var output: OutputOptions

  func run() throws {
    let progress = output.progress
    var inputs = CommandInputs()
    for file in weights { inputs.add("the file of weights", file) }
    inputs.add("the configuration", experimentOptions.config)
    let file = try OutputFile(model: out, as: .checkpoint, inputs: inputs, replaces: force)
    let request = try weightOptions.request(weights, flag: "--weights")!
    let weights = try WeightImport(
      request, experiment: try experimentOptions.experiment(or: WeightImport.experiment(in: weights[0])),
      normalisation: normalisation,
      list: { progress.message($0) })
    progress.message("wrote \(try weights.write(to: file))")
  }
}
