import Basics
import Foundation

extension OutputFile {
  /// The formats of model files that a command can write.
  package enum ModelFormat: Sendable {
    case safetensors, checkpoint

    fileprivate var name: String {
      switch self {
      case .safetensors: "a safetensors file"
      case .checkpoint: "a fusionctl checkpoint"
      }
    }

    fileprivate var ending: String {
      switch self {
      case .safetensors: "safetensors"
      case .checkpoint: "h5"
      }
    }

    fileprivate var command: String {
      switch self {
      case .safetensors: "export"
      case .checkpoint: "import"
      }
    }

    /// How PyTorch reads the weights.
    fileprivate var reader: String {
      switch self {
      case .safetensors: " and read it by safetensors.torch.load_file"
      case .checkpoint: ""
      }
    }
  }

  /// File name endings that other programs take for a format of their own.
  private static let foreignEndings = [
    "pth": "PyTorch", "pt": "PyTorch", "ckpt": "PyTorch", "bin": "PyTorch", "pkl": "pickle", "npz": "NumPy",
    "npy": "NumPy", "msgpack": "Flax", "pb": "TensorFlow", "tflite": "TensorFlow", "gguf": "GGUF",
    "onnx": "ONNX", "tar": "tar", "keras": "Keras", "h5": "HDF5", "hdf5": "HDF5",
    "safetensors": "safetensors",
  ]

  /// A model file that `--out` names.
  /// - Throws: `InputError`: usage for a name of another format; see also `OutputFile.init`.
  package init(
    model path: String, as format: ModelFormat, inputs: CommandInputs, replaces: Bool
  ) throws {
    try inputs.refuse(file: path, flag: "--out")
    let ending = URL(filePath: path).pathExtension.lowercased()
    let isHDF5 = format == .checkpoint && ["h5", "hdf5"].contains(ending)
    if let other = Self.foreignEndings[ending], ending != format.ending, !isHDF5 {
      throw InputError(
        .usage, "--out \(path)",
        "'.\(ending)' stands for \(other), but \(format.command) writes \(format.name)",
        remedy: "name it \(path.dropLast(ending.count))\(format.ending)\(format.reader)")
    }
    try self.init(path, flag: "--out", inputs: inputs, replaces: replaces)
  }
}
