import Basics
import CKernels

/// Which kernels compute the matrix products of a program. All other passes are the same on every path.
package enum KernelPath: String, CaseIterable, Sendable {
  /// Convolutions by their definition, in double precision: slow; the other paths are checked against it.
  case reference
  /// OpenBLAS, on any processor.
  case blas
  /// Kernels of this package (`CKernels`) for processors with AVX-512.
  case avx512

  /// Name of the method of its matrix products.
  var products: String {
    switch self {
    case .reference: "plain sums"
    case .blas: "OpenBLAS"
    case .avx512: "AVX-512 panels"
    }
  }

  /// The fastest path of this processor.
  package static let auto: KernelPath = KernelPath.avx512.isAvailable ? .avx512 : .blas

  /// The paths that this processor can run.
  package static var available: [KernelPath] { allCases.filter(\.isAvailable) }

  package var isAvailable: Bool {
    switch self {
    case .reference, .blas: true
    case .avx512: fk_has_avx512() != 0
    }
  }

  /// The path with the name that a flag gives; `auto` or nil for the fastest.
  /// - Throws: `InputError` (usage) for an unknown name and for a path that this processor cannot run.
  package init(named name: String?) throws(InputError) {
    guard let name, name != "auto" else {
      self = .auto
      return
    }
    guard let path = KernelPath(rawValue: name) else {
      throw InputError(
        .usage, "--kernels \(name)",
        "expected auto, \(Self.allCases.dropLast().map(\.rawValue).joined(separator: ", ")) or "
          + Self.allCases.last!.rawValue)
    }
    guard path.isAvailable else {
      throw InputError(
        .usage, "--kernels \(name)", "this processor lacks the instructions",
        remedy: "use \(Self.available.map(\.rawValue).joined(separator: " or ")), or leave the choice to auto"
      )
    }
    self = path
  }
}
