import Basics

/// The source text of the engine's own kernels, in units that are compiled one by one.
package enum KernelSource {
  /// The type of a tensor's elements in memory. Its name is the suffix of the kernels for it: `combine_bf16`.
  package enum Element: String, CaseIterable, Sendable {
    case f32, bf16, f16
  }

  /// What one compilation takes and gives.
  package struct Unit: Sendable {
    /// Name of the file, with the element type where the file has one: `pooling_f16`, `optimizer`.
    package let name: String
    /// The element type of the unit's kernels; nil for a file that is compiled once.
    package let element: Element?
    /// The whole text; it includes no other file.
    package let text: String
    /// Names of the kernels.
    package let kernels: [String]

    /// A file is compiled once for each element type if it uses the type `element`.
    fileprivate static func units(_ file: String, _ bytes: [UInt8]) -> [Unit] {
      let body = String(decoding: bytes, as: UTF8.self)
      let prelude = String(decoding: PackageResources.prelude_cuh, as: UTF8.self)
      let names = kernelNames(in: body)
      guard body.contains("element *") else {
        return [Unit(name: file, element: nil, text: prelude + body, kernels: names)]
      }
      return Element.allCases.map { element in
        Unit(
          name: "\(file)_\(element)", element: element,
          text: "#define ELEMENT \(element)\n" + prelude + body, kernels: names.map { "\($0)_\(element)" })
      }
    }

    /// Names in lines that begin with `KERNEL(name)`.
    private static func kernelNames(in body: String) -> [String] {
      body.split(separator: "\n").filter { $0.hasPrefix("KERNEL(") }.map { line in
        String(line.dropFirst("KERNEL(".count).prefix { $0 != ")" })
      }
    }
  }

  /// All units.
  package static let units: [Unit] =
    Unit.units("attention", PackageResources.attention_cu)
    + Unit.units("channel_sums", PackageResources.channel_sums_cu)
    + Unit.units("elementwise", PackageResources.elementwise_cu)
    + Unit.units("input", PackageResources.input_cu)
    + Unit.units("join", PackageResources.join_cu)
    + Unit.units("layer_norm", PackageResources.layer_norm_cu)
    + Unit.units("linear", PackageResources.linear_cu)
    + Unit.units("loss", PackageResources.loss_cu)
    + Unit.units("loss_scale", PackageResources.loss_scale_cu)
    + Unit.units("memory", PackageResources.memory_cu)
    + Unit.units("norm_backward", PackageResources.norm_backward_cu)
    + Unit.units("norm_forward", PackageResources.norm_forward_cu)
    + Unit.units("optimizer", PackageResources.optimizer_cu)
    + Unit.units("pooling", PackageResources.pooling_cu)
    + Unit.units("vectors", PackageResources.vectors_cu)

  /// A digest of all kernels, in hexadecimal.
  static let digest: String = {
    var digest = Digest()
    Array(units.map(\.text).joined().utf8).withUnsafeBytes { digest.update($0) }
    return String(digest.value, radix: 16)
  }()
}
