import ArgumentParser
import Training

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the weights of a checkpoint as a safetensors file.",
    discussion: """
      Names and layouts are torchvision's, with the sensor before the name (s1.layer1.0.conv1.weight) where it \
      has a branch of its own. The metadata hold bands, normalisation, classes, architecture, fusion and the \
      whole experiment.
      """)

  @OptionGroup var checkpointOptions: CheckpointOptions

  @Option(name: .long, help: ArgumentHelp("The safetensors file to write.", valueName: "file"))
  var out: String

  @Flag(name: .long, help: "Replace an existing file.")
  var force = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if checkpointOptions.named == nil { throw ValidationError("Missing expected argument '<run>'") }
  }

  func run() throws {
    let checkpoint = try CheckpointArgument(checkpointOptions.named!, telling: output.progress).path
    var inputs = CommandInputs()
    inputs.add(checkpoint: checkpoint)
    let file = try OutputFile(model: out, as: .safetensors, inputs: inputs, replaces: force)
    let written = try WeightExport(checkpoint: checkpoint).write(to: file)
    output.progress.message("wrote \(written)")
  }
}
