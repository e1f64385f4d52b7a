import CUDAEngine
import Testing

/// A linear layer, biases and sums of columns against plain loops in double.
@Suite struct LinearKernelTests {
  @Test(arguments: [(1, 3, 2), (5, 72, 17), (9, 513, 10)]) func products(
    _ n: Int, _ inputs: Int, _ outputs: Int
  ) {
    let x = normal(n * inputs, seed: 1)
    let w = normal(outputs * inputs, seed: 2)
    let dy = normal(n * outputs, seed: 3)
    let results = inEveryOrder { order in
      let (y, dx) = (DeviceArray(.f32, count: n * outputs), DeviceArray(.f32, count: n * inputs))
      let dw = DeviceArray(.f32, count: outputs * inputs)
      let sizes = [n, inputs, outputs].map(Argument.int)
      let (x, w, dy) = (DeviceArray(.f32, x), DeviceArray(.f32, w), DeviceArray(.f32, dy))
      launch("linear_forward", .warps(n * outputs), order, [.array(x), .array(w), .array(y)] + sizes)
      launch(
        "linear_input_gradient", .elements(n * inputs), order, [.array(dy), .array(w), .array(dx)] + sizes)
      launch(
        "linear_weight_gradient", .elements(outputs * inputs), order,
        [.array(x), .array(dy), .array(dw)] + sizes)
      return [y, dx, dw]
    }
    var y = [Double](repeating: 0, count: n * outputs)
    var dx = [Double](repeating: 0, count: n * inputs)
    var dw = [Double](repeating: 0, count: outputs * inputs)
    for row in 0..<n {
      for output in 0..<outputs {
        for input in 0..<inputs {
          let (a, b) = (row * inputs + input, output * inputs + input)
          y[row * outputs + output] += Double(x[a]) * Double(w[b])
          dx[a] += Double(dy[row * outputs + output]) * Double(w[b])
          dw[b] += Double(dy[row * outputs + output]) * Double(x[a])
        }
      }
    }
    expectClose(results[0].doubles(.f32), y, 2e-6, "y")
    expectClose(results[1].doubles(.f32), dx, 2e-6, "dx")
    expectClose(results[2].doubles(.f32), dw, 2e-6, "dw")
  }

  @Test(arguments: channelCounts, [0, 1]) func sumsOfColumns(_ channels: Int, _ shift: Int) {
    let rows = 300
    let x = normal(rows * channels, seed: 4)
    let sums = inEveryOrder { order in
      let y = DeviceArray(.f32, x, shift: shift)
      let columns = LaunchShape.columns(rows: rows, channels: channels)
      let partial = DeviceArray(.f32, count: columns.rows * channels)
      let sums = DeviceArray(.f32, count: channels)
      launch(
        "column_sums_f32", columns, order,
        [.array(y), .array(partial), .int(rows), .int(channels)]
          + [.int(LaunchShape.slabRows(rows: rows, channels: channels))])
      launch(
        "column_sums_finish", .channels(channels), order,
        [.array(partial), .array(sums), .int(columns.rows), .int(channels)])
      return [sums]
    }[0]
    var exact = [Double](repeating: 0, count: channels)
    for (index, value) in x.enumerated() { exact[index % channels] += Double(value) }
    expectClose(sums.doubles(.f32), exact, 2e-6, "sums")
  }

  /// A bias is added by the pass that applies batch norms.
  @Test(arguments: Element.allCases, channelCounts) func biases(_ element: Element, _ channels: Int) {
    let rows = 37
    let (x, bias) = (normal(rows * channels, element, seed: 4), normal(channels, seed: 5))
    let y = inEveryOrder { order in
      let vectors = DeviceArray(.f32, count: 4 * channels)
      launch(
        "bias_vectors", .elements(channels), order,
        [.array(DeviceArray(.f32, bias)), .array(vectors), .int(channels)])
      let y = DeviceArray(element, count: rows * channels)
      launch(
        "norm_apply_\(element)", .pass(count: rows * channels), order,
        [
          .array(DeviceArray(element, x)), .array(vectors), .array(nil), .array(nil), .array(y),
          .count(rows * channels), .int(channels), .int(0),
        ])
      return [y]
    }[0]
    let exact = x.indices.map { Double(x[$0]) + Double(bias[$0 % channels]) }
    expectClose(y.doubles(element), exact, element.precision + 1e-6, "y")
  }
}
