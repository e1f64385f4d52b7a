import Basics
import Foundation

extension OutputFile {
  /// The formats of model files that a command can write.
  package enum ModelFormat: Sendable {
    case safetensors, torch, onnx, checkpoint

    fileprivate var name: String {
      switch self {
      case .safetensors: "a safetensors file"
      case .torch: "a PyTorch file"
      case .onnx: "an ONNX file"
      case .checkpoint: "a fusionctl checkpoint"
      }
    }

    /// The usual ending, and others that are taken.
    fileprivate var endings: [String] {
      switch self {
      case .safetensors: ["safetensors"]
      case .torch: ["pth", "pt", "bin"]
      case .onnx: ["onnx"]
      case .checkpoint: ["h5", "hdf5"]
      }
    }

    fileprivate var command: String {
      switch self {
      case .safetensors: "export"
      case .torch: "export --format pth"
      case .onnx: "export --format onnx"
      case .checkpoint: "import"
      }
    }

    /// The choice that writes files of an ending; empty where no command does.
    fileprivate func remedy(_ ending: String) -> String {
      let formats = ["pth": "pth", "pt": "pth", "onnx": "onnx", "safetensors": "safetensors"]
      guard self != .checkpoint, let format = formats[ending] else { return "" }
      return ", or choose --format \(format)"
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
    if let other = Self.foreignEndings[ending], !format.endings.contains(ending) {
      throw InputError(
        .usage, "--out \(path)",
        "'.\(ending)' stands for \(other), but \(format.command) writes \(format.name)",
        remedy: "name it \(path.dropLast(ending.count))\(format.endings[0])\(format.remedy(ending))")
    }
    try self.init(path, flag: "--out", inputs: inputs, replaces: replaces)
  }
}
