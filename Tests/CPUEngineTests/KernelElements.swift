import Basics
import CKernels
import Testing

/// The element types of tensors that kernels take.
enum ElementType: CaseIterable, Sendable {
  case float32, bfloat16

  var kernel: fk_type { self == .float32 ? FK_FLOAT32 : FK_BFLOAT16 }
  /// Largest relative error of a stored value.
  var rounding: Double { self == .float32 ? 0x1p-24 : 0x1p-8 }

  /// The value that is stored for `value`.
  func stored(_ value: Float) -> Float { self == .float32 ? value : fk_from_bf16(fk_to_bf16(value)) }
}

/// A tensor as an argument of kernels. Its memory stays until the tests end: a bare pointer keeps nothing alive.
struct KernelTensor {
  let type: ElementType
  let count: Int
  let memory: UnsafeMutableRawPointer

  /// A tensor filled with NaN, so that elements that a kernel does not write show.
  init(count: Int, _ type: ElementType) {
    self.type = type
    self.count = count
    memory = .allocate(byteCount: max(1, count) * Int(fk_type_size(type.kernel)), alignment: 64)
    set([Float](repeating: .nan, count: count))
  }

  init(_ values: [Float], _ type: ElementType) {
    self.init(count: values.count, type)
    set(values)
  }

  var floats: UnsafeMutablePointer<Float> { memory.assumingMemoryBound(to: Float.self) }
  var halves: UnsafeMutablePointer<fk_bf16> { memory.assumingMemoryBound(to: fk_bf16.self) }

  var values: [Float] { (0..<count).map { type == .float32 ? floats[$0] : fk_from_bf16(halves[$0]) } }

  /// The stored values, exact.
  var exact: [Double] { values.map(Double.init) }

  private func set(_ values: [Float]) {
    for (index, value) in values.enumerated() {
      if type == .float32 { floats[index] = value } else { halves[index] = fk_to_bf16(value) }
    }
  }
}

/// A sum in double precision, and the sum of the absolute values of its terms.
struct Exact {
  var value = 0.0
  var size = 0.0

  static func + (sum: Exact, term: Double) -> Exact {
    Exact(value: sum.value + term, size: sum.size + abs(term))
  }
}

func normalValues(_ count: Int, seed: UInt64) -> [Float] {
  var random = RandomStream(seed: seed)
  return (0..<count).map { _ in Float(random.normal()) }
}

/// Expects values within the error of `operations` roundings to float and one rounding to the type of the result.
func expectNear(
  _ result: [Float], _ exact: [Exact], _ type: ElementType, operations: Int, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard result.count == exact.count else {
    Issue.record("\(result.count) results for \(exact.count) values", sourceLocation: sourceLocation)
    return
  }
  for (index, (got, wanted)) in zip(result, exact).enumerated() {
    let bound = type.rounding * abs(wanted.value) + Double(operations) * 0x1p-23 * wanted.size
    // The negation lets NaN fail: no comparison with NaN is true.
    if !(abs(Double(got) - wanted.value) <= bound) {
      Issue.record("\(what) [\(index)]: \(got) for \(wanted), bound \(bound)", sourceLocation: sourceLocation)
      return
    }
  }
}
