import CUDAEngine
import Testing

/// Pools and their derivatives against plain loops in double.
@Suite struct PoolingKernelTests {
  struct Window: Sendable, CustomTestStringConvertible {
    var kernel = Size(height: 3, width: 3)
    var stride = 2
    var padding = 1
    var testDescription: String { "\(kernel.height)x\(kernel.width)/\(stride), padding \(padding)" }
  }

  struct Size: Sendable { var height, width: Int }

  static let windows = [
    Window(), Window(kernel: .init(height: 2, width: 2), stride: 2, padding: 0),
    Window(kernel: .init(height: 3, width: 2), stride: 1, padding: 1),
    // Some outputs have no input at all, others share none.
    Window(kernel: .init(height: 1, width: 1), stride: 3, padding: 1),
  ]

  /// Images, windows, and loops over them.
  private struct Case {
    let window: Window
    let element: Element
    let images, height, width, channels: Int
    let shift: Int

    init(_ window: Window, _ element: Element, _ channels: Int, shift: Int = 0) {
      (self.window, self.element, self.shift) = (window, element, shift)
      (images, height, width, self.channels) = (2, 7, 5, channels)
    }

    var rows: Int { (height + 2 * window.padding - window.kernel.height) / window.stride + 1 }
    var columns: Int { (width + 2 * window.padding - window.kernel.width) / window.stride + 1 }
    var inputs: Int { images * height * width * channels }
    var outputs: Int { images * rows * columns * channels }

    var input: LaunchShape { .bundles(rows: images * height * width, channels: channels) }
    var output: LaunchShape { .bundles(rows: images * rows * columns, channels: channels) }

    var sizes: [Argument] {
      [
        images, height, width, channels, rows, columns, window.kernel.height, window.kernel.width,
        window.stride, window.padding,
      ].map(Argument.int)
    }

    func array(_ values: [Float]) -> DeviceArray { DeviceArray(element, values, shift: shift) }
    func empty(_ count: Int) -> DeviceArray { DeviceArray(element, count: count, shift: shift) }

    /// Calls `body` with the output, the input and the place in the window of each pair.
    func forEachPair(_ body: (Int, Int, Int) -> Void) {
      for image in 0..<images {
        for oy in 0..<rows {
          for ox in 0..<columns {
            for ky in 0..<window.kernel.height {
              for kx in 0..<window.kernel.width {
                let (y, x) = (
                  oy * window.stride - window.padding + ky, ox * window.stride - window.padding + kx
                )
                guard (0..<height).contains(y), (0..<width).contains(x) else { continue }
                for c in 0..<channels {
                  body(
                    ((image * rows + oy) * columns + ox) * channels + c,
                    ((image * height + y) * width + x) * channels + c, ky * window.kernel.width + kx)
                }
              }
            }
          }
        }
      }
    }
  }

  @Test(arguments: windows, Element.allCases) func maxima(_ window: Window, _ element: Element) {
    for channels in channelCounts {
      for shift in channels == 72 ? [0, 1] : [0] {
        let pool = Case(window, element, channels, shift: shift)
        // Quarters, so that there are ties.
        var x = normal(pool.inputs, seed: 1).map { ($0 * 4).rounded() / 4 }
        (x[1], x[channels]) = (.nan, -.infinity)
        let dy = normal(pool.outputs, element, seed: 2)
        let results = inEveryOrder { order in
          let (y, dx) = (pool.empty(pool.outputs), pool.empty(pool.inputs))
          let places = DeviceArray(count: pool.outputs, size: 1, shift: shift)
          launch(
            "max_pool_\(element)", pool.output, order,
            [.array(pool.array(x)), .array(y), .array(places)] + pool.sizes)
          launch(
            "max_pool_backward_\(element)", pool.input, order,
            [.array(pool.array(dy)), .array(places), .array(dx)] + pool.sizes)
          let plain = pool.empty(pool.outputs)
          launch(
            "max_pool_\(element)", pool.output, order,
            [.array(pool.array(x)), .array(plain), .array(nil)] + pool.sizes)
          #expect(plain.bytes == y.bytes)
          return [y, places, dx]
        }
        var exact = [Float](repeating: -.infinity, count: pool.outputs)
        var places = [UInt8](repeating: 255, count: pool.outputs)
        pool.forEachPair { output, input, place in
          guard places[output] == 255 || x[input] > exact[output] || x[input].isNaN else { return }
          (exact[output], places[output]) = (x[input], UInt8(place))
        }
        let got = results[0].floats(element)
        #expect(zip(got, exact).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
        #expect(results[1].bytes == places)
        var gradient = [Double](repeating: 0, count: pool.inputs)
        pool.forEachPair { output, input, place in
          if places[output] == place { gradient[input] += Double(dy[output]) }
        }
        expectClose(results[2].doubles(element), gradient, element.precision + 1e-6, "gradient")
      }
    }
  }

  @Test(arguments: windows, Element.allCases) func means(_ window: Window, _ element: Element) {
    for channels in channelCounts {
      for shift in channels == 72 ? [0, 1] : [0] {
        let pool = Case(window, element, channels, shift: shift)
        let (x, dy) = (normal(pool.inputs, element, seed: 3), normal(pool.outputs, element, seed: 4))
        let results = inEveryOrder { order in
          let (y, dx) = (pool.empty(pool.outputs), pool.empty(pool.inputs))
          launch(
            "average_pool_\(element)", pool.output, order, [.array(pool.array(x)), .array(y)] + pool.sizes)
          launch(
            "average_pool_backward_\(element)", pool.input, order,
            [.array(pool.array(dy)), .array(dx)] + pool.sizes)
          return [y, dx]
        }
        let taps = Double(window.kernel.height * window.kernel.width)
        var exact = [Double](repeating: 0, count: pool.outputs)
        var gradient = [Double](repeating: 0, count: pool.inputs)
        pool.forEachPair { output, input, _ in
          exact[output] += Double(x[input]) / taps
          gradient[input] += Double(dy[output]) / taps
        }
        expectClose(results[0].doubles(element), exact, element.precision + 1e-6, "mean")
        expectClose(results[1].doubles(element), gradient, element.precision + 1e-6, "gradient")
      }
    }
  }

  /// Windows that overlap (7 pixels for 3), that repeat (5 for 7), and that divide the image (7 for 7).
  @Test(arguments: Element.allCases, channelCounts) func gridMeans(_ element: Element, _ channels: Int) {
    let (images, height, width) = (2, 7, 5)
    for (rows, columns) in [(3, 7), (7, 2)] {
      let (inputs, outputs) = (images * height * width * channels, images * rows * columns * channels)
      let (x, dy) = (normal(inputs, element, seed: 7), normal(outputs, element, seed: 8))
      let sizes = [images, height, width, channels, rows, columns].map(Argument.int)
      let results = inEveryOrder { order in
        let (y, dx) = (DeviceArray(element, count: outputs), DeviceArray(element, count: inputs))
        launch(
          "grid_mean_\(element)", .bundles(rows: images * rows * columns, channels: channels), order,
          [.array(DeviceArray(element, x)), .array(y)] + sizes)
        launch(
          "grid_mean_backward_\(element)", .bundles(rows: images * height * width, channels: channels), order,
          [.array(DeviceArray(element, dy)), .array(dx)] + sizes)
        return [y, dx]
      }
      func pixels(_ window: Int, of windows: Int, _ pixels: Int) -> Range<Int> {
        window * pixels / windows..<((window + 1) * pixels + windows - 1) / windows
      }
      var exact = [Double](repeating: 0, count: outputs)
      var gradient = [Double](repeating: 0, count: inputs)
      for output in 0..<images * rows * columns {
        let (image, i, j) = (output / (rows * columns), output / columns % rows, output % columns)
        let (tall, wide) = (pixels(i, of: rows, height), pixels(j, of: columns, width))
        for y in tall {
          for x0 in wide {
            for c in 0..<channels {
              let (from, to) = (((image * height + y) * width + x0) * channels + c, output * channels + c)
              exact[to] += Double(x[from]) / Double(tall.count * wide.count)
              gradient[from] += Double(dy[to]) / Double(tall.count * wide.count)
            }
          }
        }
      }
      expectClose(results[0].doubles(element), exact, element.precision + 1e-6, "mean")
      expectClose(results[1].doubles(element), gradient, element.precision + 1e-6, "gradient")
    }
  }

  @Test(arguments: Element.allCases, channelCounts) func globalMeans(_ element: Element, _ channels: Int) {
    let (images, pixels) = (3, 49)
    for shift in [0, 1] {
      let x = normal(images * pixels * channels, element, seed: 5)
      let dy = normal(images * channels, seed: 6)
      let results = inEveryOrder { order in
        let y = DeviceArray(.f32, count: images * channels)
        let dx = DeviceArray(element, count: x.count, shift: shift)
        launch(
          "global_average_\(element)", .images(images, channels: channels), order,
          [.array(DeviceArray(element, x, shift: shift)), .array(y)]
            + [images, pixels, channels].map(Argument.int))
        launch(
          "global_average_backward_\(element)", .bundles(rows: images * pixels, channels: channels), order,
          [.array(DeviceArray(.f32, dy)), .array(dx)] + [images, pixels, channels].map(Argument.int))
        return [y, dx]
      }
      var exact = [Double](repeating: 0, count: images * channels)
      for (index, value) in x.enumerated() {
        exact[index / (pixels * channels) * channels + index % channels] += Double(value) / Double(pixels)
      }
      expectClose(results[0].doubles(.f32), exact, 1e-6, "mean")
      let gradient = x.indices.map { index in
        Double(dy[index / (pixels * channels) * channels + index % channels]) / Double(pixels)
      }
      expectClose(results[1].doubles(element), gradient, element.precision + 1e-6, "gradient")
    }
  }
}
