import ArgumentParser
import Training

extension WeightExport.Names: ExpressibleByArgument {}

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a trained network as a safetensors, PyTorch or ONNX file.",
    discussion: """
      Names and layouts are torchvision's, with the sensor before the name (s1.layer1.0.conv1.weight) where it \
      has a branch of its own. The metadata of safetensors and ONNX files hold bands, normalisation, classes, \
      architecture and fusion. A .pth file is read by torch.load(FILE, weights_only=True). An ONNX file (operator \
      set 17) has the inputs s1, s2 … [N, bands, H, W] and the outputs logits and probabilities [N, classes].
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case safetensors, pth, onnx

    var output: OutputFile.ModelFormat {
      switch self {
      case .safetensors: .safetensors
      case .pth: .torch
      case .onnx: .onnx
      }
    }
  }

  @OptionGroup var checkpointOptions: CheckpointOptions

  @Option(name: .long, help: ArgumentHelp("The file to write.", valueName: "file"))
  var out: String

  @Option(name: .long, help: "What to write: safetensors, pth or onnx.")
  var format = Format.safetensors

  @Option(
    name: .long,
    help: "pth: own names, or those of the SEN12MS toolbox in the dictionaries that its test program loads.")
  var names = WeightExport.Names.own

  @Flag(
    name: .long,
    help: "onnx: the file clips and normalises its inputs itself, so it takes samples as they are.")
  var withNormalisation = false

  @Flag(name: .long, help: "onnx: read the file back and compare it with the checkpoint.")
  var check = false

  @Flag(name: .long, help: "Replace an existing file.")
  var force = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if checkpointOptions.named == nil { throw ValidationError("Missing expected argument '<run>'") }
    if format != .onnx, withNormalisation || check {
      throw ValidationError("--with-normalisation and --check belong to --format onnx")
    }
    if format != .pth, names != .own { throw ValidationError("--names belongs to --format pth") }
  }

  func run() throws {
    let checkpoint = try CheckpointArgument(checkpointOptions.named!, telling: output.progress).path
    var inputs = CommandInputs()
    inputs.add(checkpoint: checkpoint)
    let file = try OutputFile(model: out, as: format.output, inputs: inputs, replaces: force)
    let weights = try WeightExport(checkpoint: checkpoint)
    let written =
      switch format {
      case .safetensors: try weights.write(to: file)
      case .pth: try weights.writeTorch(names, to: file)
      case .onnx: try weights.writeONNX(normalises: withNormalisation, isChecked: check, to: file)
      }
    output.progress.message("wrote \(written)")
  }
}
