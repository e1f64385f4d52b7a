import Basics
import CUDAEngine
import Testing

/// Fills, conversions, checksums, and the search for numbers that are not finite.
@Suite struct MemoryKernelTests {
  @Test func fills() {
    for count in [1, 256, 1000] {
      let got = inEveryOrder { order in
        let array = DeviceArray(.f32, count: count)
        launch("fill_u32", .elements(count), order, [.array(array), .count(count), .int(-7)])
        return [array]
      }[0].values(as: Int32.self)
      #expect(got == [Int32](repeating: -7, count: count))
    }
  }

  /// Numbers of any bits, halfway between two 16-bit numbers and next to that, and the ends of the ranges.
  private func hardValues(_ element: Element) -> [Float] {
    var random = RandomStream(seed: 1)
    var values = (0..<3000).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }
    let half: UInt32 = element == .bf16 ? 0x8000 : 0x1000
    for _ in 0..<1000 {
      let exponent = UInt32(random.uniform() * 46 + 97) << 23
      let bits = exponent | (UInt32(truncatingIfNeeded: random.next()) & 0x7F_FFFF & ~(2 * half - 1)) | half
      values += [bits - 1, bits, bits + 1].map(Float.init(bitPattern:))
    }
    values += [0, -0.0, .infinity, -.infinity, .nan, 65504, 65519, 65520, -65536, .greatestFiniteMagnitude]
    values += [0x1p-14, 0x1p-24, 0x1p-25, 0x1.8p-25, 0x1.002p-14, .leastNonzeroMagnitude]
    return values
  }

  @Test(arguments: [Element.bf16, .f16]) func conversions(_ element: Element) {
    for (values, shift) in [(hardValues(element), 0), (hardValues(element), 1), ([1, 2, 3], 0)] {
      let count = values.count
      let results = inEveryOrder { order in
        let narrow = DeviceArray(element, count: count, shift: shift)
        let wide = DeviceArray(.f32, count: count, shift: shift)
        launch(
          "convert_f32_\(element)", .pass(count: count), order,
          [.array(DeviceArray(.f32, values, shift: shift)), .array(narrow), .count(count)])
        launch(
          "convert_\(element)_f32", .pass(count: count), order, [.array(narrow), .array(wide), .count(count)])
        return [narrow, wide]
      }
      for (value, (narrow, wide)) in zip(values, zip(results[0].floats(element), results[1].floats(.f32))) {
        #expect(
          value.isNaN
            ? narrow.isNaN && wide.isNaN
            : narrow == element.value(element.bits(value)) && wide.bitPattern == narrow.bitPattern,
          "\(value)")
      }
    }
  }

  @Test(arguments: [Element.bf16, .f16]) func every16BitNumberKeepsItsValue(_ element: Element) {
    let array = DeviceArray((0...UInt16.max).map { $0 })
    let wide = DeviceArray(.f32, count: 65536)
    launch(
      "convert_\(element)_f32", .pass(count: 65536), .forward, [.array(array), .array(wide), .count(65536)])
    for (bits, got) in wide.floats(.f32).enumerated() {
      let value = element.value(UInt32(bits))
      #expect(got.bitPattern == value.bitPattern || (got.isNaN && value.isNaN))
    }
  }

  private func checksum(_ words: [UInt32]) -> UInt64 {
    inEveryOrder { order in
      let sum = DeviceArray([UInt64(0)])
      launch(
        "checksum_u64", .strided(words.count), order,
        [.array(DeviceArray(words)), .count(words.count), .array(sum)])
      return [sum]
    }[0].values(as: UInt64.self)[0]
  }

  @Test func checksumsTellArraysApart() {
    let words = (0..<5000).map { UInt32($0 % 10) }
    var (flipped, swapped) = (words, words)
    flipped[4999] ^= 1
    swapped.swapAt(3, 4)
    #expect(Set([words, flipped, swapped, words + [0], Array(words.dropLast())].map(checksum)).count == 5)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func findsWhatIsNotFinite(_ bad: Float) {
    for place in [nil, 0, 4999] {
      var values = normal(5000, seed: 2)
      values[17] = .greatestFiniteMagnitude
      if let place { values[place] = bad }
      let flags = inEveryOrder { order in
        let flags = DeviceArray([UInt32(0)])
        launch(
          "finite_flag", .strided(5000), order,
          [.array(DeviceArray(.f32, values)), .count(5000), .array(flags)])
        return [flags]
      }[0].values(as: UInt32.self)
      #expect(flags == [place == nil ? 0 : 1])
    }
  }
}
