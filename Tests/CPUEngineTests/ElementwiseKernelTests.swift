import Basics
import CKernels
import CPUEngine
import Testing

/// Passes over tensors of both types, against double precision.
@Suite struct ElementwiseKernelTests {
  @Test func conversionTakesTheNearestAndOfTwoTheEven() {
    for bits in UInt16.min...UInt16.max {
      let value = fk_from_bf16(bits)
      #expect(value.isNaN ? fk_from_bf16(fk_to_bf16(value)).isNaN : fk_to_bf16(value) == bits)
    }
    var random = RandomStream(seed: 41)
    var values = (0..<20_000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }
    // Values halfway between two neighbours, and next to that.
    for _ in 0..<5000 {
      let middle = UInt32(truncatingIfNeeded: random.next()) & 0xFFFF_0000 | 0x8000
      values += [middle - 1, middle, middle + 1].map(Float.init(bitPattern:))
    }
    values += [.infinity, -.infinity, .greatestFiniteMagnitude, 0, -0.0, .leastNonzeroMagnitude, .nan]
    let rounded = KernelTensor(values, .float32)
    fk_round_to_bf16(rounded.floats, Int64(values.count))
    for (value, got) in zip(values, rounded.values) {
      #expect(got.isNaN ? value.isNaN : got.bitPattern & 0xFFFF == 0)
      guard value.isFinite, got.isFinite else {
        #expect(value.isNaN == got.isNaN && (value.isNaN || abs(value) >= 0x1.FFp127))
        continue
      }
      #expect(fk_from_bf16(fk_to_bf16(value)) == got)
      let error = abs(Double(value) - Double(got))
      for step: UInt32 in [0x1_0000, 0xFFFF_0000] {
        let neighbour = Float(bitPattern: got.bitPattern &+ step)
        guard neighbour.isFinite, neighbour.sign == got.sign else { continue }
        let other = abs(Double(value) - Double(neighbour))
        #expect(error < other || (error == other && got.bitPattern >> 16 & 1 == 0))
      }
    }
  }

  struct Sum: Sendable {
    var affineA = false, affineB = false
    var two = true
    var reluA = false, relu = false
    var inPlace = false
  }

  static let sums = [
    Sum(two: false, relu: true), Sum(affineA: true, two: false, reluA: true), Sum(),
    Sum(affineA: true, relu: true),
    Sum(affineB: true, inPlace: true), Sum(affineA: true, affineB: true, relu: true, inPlace: true),
  ]

  @Test(arguments: sums, ElementType.allCases) func sumsAgree(_ sum: Sum, _ type: ElementType) {
    for (channels, out) in [(12, type), (64, type), (80, sum.inPlace ? type : .float32), (33, type)] {
      let rows = 7
      let tensors = (0..<2).map { KernelTensor(normalValues(rows * channels, seed: 42 + UInt64($0)), type) }
      let vectors = (0..<4).map { KernelTensor(normalValues(channels, seed: 44 + UInt64($0)), .float32) }
      let result = sum.inPlace ? tensors[0] : KernelTensor(count: rows * channels, out)
      let weights: [Float] = [0.75, -1.5]
      let exact = (0..<rows * channels).map { at in
        var total = Exact()
        for (k, affine) in [sum.affineA, sum.affineB].enumerated() where k == 0 || sum.two {
          var value = tensors[k].exact[at]
          if affine {
            value = value * vectors[2 * k].exact[at % channels] + vectors[2 * k + 1].exact[at % channels]
            total.size += abs(Double(weights[k]) * vectors[2 * k + 1].exact[at % channels])
          }
          if k == 0 && sum.reluA { value = max(value, 0) }
          total = total + Double(weights[k]) * value
        }
        if sum.relu { total.value = max(total.value, 0) }
        return total
      }
      func term(_ k: Int, _ affine: Bool, _ relu: Bool) -> fk_term {
        fk_term(
          data: tensors[k].memory, type: type.kernel, scale: affine ? vectors[2 * k].floats : nil,
          shift: affine ? vectors[2 * k + 1].floats : nil, relu: relu ? 1 : 0, weight: weights[k],
          pitch: Int64(channels))
      }
      fk_combine(
        term(0, sum.affineA, sum.reluA), sum.two ? term(1, sum.affineB, false) : fk_term(), Int64(rows),
        Int32(channels), sum.relu ? 1 : 0, result.memory, result.type.kernel, Int64(channels))
      expectNear(result.values, exact, result.type, operations: 8, "\(channels) channels")
    }
  }

  @Test(arguments: ElementType.allCases) func maskedSumsAgree(_ type: ElementType) {
    let count = 203
    for (hasB, hasMask, inPlace) in [
      (true, true, true), (true, true, false), (false, true, true), (true, false, true),
      (false, false, false),
    ] {
      let (a, b, mask) = (
        KernelTensor(normalValues(count, seed: 46), type), KernelTensor(normalValues(count, seed: 47), type),
        KernelTensor(normalValues(count, seed: 48).map { max($0, 0) }, type)
      )
      let exact = (0..<count).map { at in
        hasMask && mask.values[at] <= 0 ? Exact() : Exact() + a.exact[at] + (hasB ? b.exact[at] : 0)
      }
      let out = inPlace ? a : KernelTensor(count: count, type)
      fk_add_masked(
        a.memory, hasB ? b.memory : nil, hasMask ? mask.memory : nil, type.kernel, Int64(count), out.memory)
      expectNear(out.values, exact, type, operations: 1)
    }
  }

  @Test(arguments: ElementType.allCases, ElementType.allCases)
  func copiesAgree(_ from: ElementType, _ to: ElementType) {
    let (rows, channels) = (5, 21)
    let input = KernelTensor(normalValues(rows * 40, seed: 49), from)
    let out = KernelTensor([Float](repeating: 7, count: rows * 30), to)
    fk_copy_channels(
      input.memory, from.kernel, 40, 11, out.memory, to.kernel, 30, 4, Int32(channels), Int64(rows), 0.3)
    let exact = (0..<rows * 30).map { at in
      let channel = at % 30 - 4
      let inside = channel >= 0 && channel < channels
      return Exact() + (inside ? Double(Float(0.3)) * input.exact[at / 30 * 40 + 11 + channel] : 7)
    }
    expectNear(out.values, exact, to, operations: 1)

    guard from == .float32 else { return }
    let stored = KernelTensor([Float](repeating: 7, count: rows * 30), to)
    fk_store(input.floats, Int64(rows), Int64(channels), 40, stored.memory, to.kernel, 30)
    for at in 0..<rows * 30 {
      let isInside = at % 30 < channels
      #expect(stored.values[at] == (isInside ? to.stored(input.values[at / 30 * 40 + at % 30]) : 7))
    }
  }
}
