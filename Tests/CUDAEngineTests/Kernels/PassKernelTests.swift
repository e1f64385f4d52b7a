import CKernels
import CUDAEngine
import Testing

/// Passes over elements against plain loops in double, and dropout against the CPU's masks.
@Suite struct PassKernelTests {
  /// Counts below a vector, at the end of a block, and above; with and without alignment.
  private static let sizes = [(5, 0), (2048, 0), (2051, 0), (2051, 3)]

  @Test(arguments: Element.allCases) func sums(_ element: Element) {
    for (count, shift) in Self.sizes {
      let array = { (values: [Float]) in DeviceArray(element, values, shift: shift) }
      let (a, b) = (normal(count, element, seed: 1), normal(count, element, seed: 2))
      for (hasSecond, relu) in [(true, true), (true, false), (false, true)] {
        let got = inEveryOrder { order in
          // The result replaces the second operand, if there is one.
          let y = hasSecond ? array(b) : DeviceArray(element, count: count, shift: shift)
          launch(
            "combine_\(element)", .pass(count: count), order,
            [
              .array(array(a)), .array(hasSecond ? y : nil), .array(y), .count(count), .float(0.75),
              .float(-1.5), .int(relu ? 1 : 0),
            ])
          return [y]
        }[0].doubles(element)
        let exact = (0..<count).map { index in
          let sum = 0.75 * Double(a[index]) - (hasSecond ? 1.5 * Double(b[index]) : 0)
          return relu ? max(0, sum) : sum
        }
        expectClose(got, exact, element.precision + 1e-6, "combine")
      }
    }
  }

  @Test(arguments: Element.allCases) func masks(_ element: Element) {
    for (count, shift) in Self.sizes {
      let array = { (values: [Float]) in DeviceArray(element, values, shift: shift) }
      let (a, b) = (normal(count, element, seed: 3), normal(count, element, seed: 4))
      // Zeros and NaN are not positive.
      let mask = normal(count, element, seed: 5).enumerated().map { index, value in
        index % 7 == 0 ? 0 : index % 11 == 0 ? .nan : value
      }
      for (hasSecond, hasMask) in [(true, true), (true, false), (false, true), (false, false)] {
        let sums = inEveryOrder { order in
          let y = array(a)
          launch(
            "add_masked_\(element)", .pass(count: count), order,
            [
              .array(y), .array(hasSecond ? array(b) : nil), .array(hasMask ? array(mask) : nil), .array(y),
              .count(count),
            ])
          return [y]
        }
        let exact = (0..<count).map { index in
          hasMask && !(mask[index] > 0) ? 0 : Double(a[index]) + (hasSecond ? Double(b[index]) : 0)
        }
        expectClose(sums[0].doubles(element), exact, element.precision + 1e-6, "add_masked")
      }
    }
  }

  @Test func sumsKeepNaN() {
    let y = DeviceArray(.f32, [.nan, 1])
    launch(
      "combine_f32", .one, .forward,
      [.array(y), .array(nil), .array(y), .count(2), .float(1), .float(0), .int(1)])
    #expect(y.floats(.f32)[0].isNaN && y.floats(.f32)[1] == 1)
  }

  @Test(arguments: Element.allCases) func channels(_ element: Element) {
    let rows = 11
    // Into and out of a concatenation, in multiples of eight and otherwise.
    for (from, begin, to, place, channels) in [
      (64, 0, 80, 16, 64), (17, 3, 9, 2, 7), (72, 8, 24, 0, 24), (3, 0, 4, 1, 3),
    ] {
      let x = normal(rows * from, element, seed: 6)
      for scale: Float in [1, 0.5] {
        let got = inEveryOrder { order in
          let y = DeviceArray(element, [Float](repeating: 7, count: rows * to))
          launch(
            "copy_channels_\(element)", .bundles(rows: rows, channels: channels), order,
            [.array(DeviceArray(element, x)), .array(y)]
              + [rows, from, begin, to, place, channels].map(Argument.int) + [.float(scale)])
          return [y]
        }[0].floats(element)
        let exact = (0..<rows * to).map { index in
          let (row, channel) = (index / to, index % to - place)
          return (0..<channels).contains(channel) ? x[row * from + begin + channel] * scale : 7
        }
        #expect(got == exact)
      }
    }
  }

  /// The same elements are dropped as on the CPU, in every type, and the bits of float32 are equal.
  @Test(arguments: Element.allCases, [Float(0.5), 0.3]) func dropout(_ element: Element, _ rate: Float) {
    let (samples, perSample, layer) = (3, 701, 2)
    var step = StepTable()
    (step.step, step.seed, step.samplesBefore) = (12_345_678_901, 0xFEDC_BA98_7654_3210, 5)
    for shift in [0, 1] {
      let count = samples * perSample
      let x = normal(count, element, seed: 7).map { $0 == 0 ? 1 : $0 }
      let got = inEveryOrder { order in
        let y = DeviceArray(element, count: count, shift: shift)
        launch(
          "dropout_\(element)", .pass(count: count), order,
          [
            .array(DeviceArray(element, x, shift: shift)), .array(y), .count(count), .count(perSample),
            .array(DeviceArray([step])), .count(layer), .float(rate),
          ])
        return [y]
      }[0].floats(element)
      var expected = x
      let run = step.seed &* 0x9E37_79B9_7F4A_7C15 ^ step.step
      fk_dropout(
        x, Int64(5 * perSample), Int64(count), run &* 0xBF58_476D_1CE4_E5B9 &+ UInt64(layer), rate, &expected)
      #expect(got == expected.map { element.value(element.bits($0)) })
      let dropped = Double(got.filter { $0 == 0 }.count) / Double(count)
      #expect(abs(dropped - Double(rate)) < 0.05)
    }
  }
}
