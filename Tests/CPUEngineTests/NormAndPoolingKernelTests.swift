import CKernels
import CPUEngine
import Testing

/// Batch norm and pooling kernels on tensors of both types, against double precision.
@Suite struct NormAndPoolingKernelTests {
  private static let sizes = [(rows: 37, channels: 12), (5, 64), (301, 80), (1, 3)]

  @Test(arguments: ElementType.allCases) func momentsAgree(_ type: ElementType) {
    for (rows, channels) in Self.sizes {
      let x = KernelTensor(normalValues(rows * channels, seed: 51).map { $0 + 3 }, type)
      var moments = [Double](repeating: .nan, count: 2 * channels)
      fk_column_moments(x.memory, type.kernel, Int64(rows), Int64(channels), 0, Int32(channels), &moments)
      let exact = x.exact
      for c in 0..<channels {
        let column = (0..<rows).map { exact[$0 * channels + c] }
        let mean = column.reduce(0, +) / Double(rows)
        let squares = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        #expect(abs(moments[2 * c] - mean) < 1e-6 * abs(mean))
        #expect(abs(moments[2 * c + 1] - squares) <= 1e-5 * squares)
      }
    }
  }

  @Test(arguments: ElementType.allCases, [false, true]) func backwardAgrees(_ type: ElementType, _ relu: Bool)
  {
    for (rows, channels) in Self.sizes {
      let count = rows * channels
      let g = KernelTensor(normalValues(count, seed: 52), type)
      let x = KernelTensor(normalValues(count, seed: 53), type)
      let vectors = KernelTensor(normalValues(6 * channels, seed: 54), .float32)
      let base = vectors.floats
      let norm = fk_norm(
        scale: base, shift: base + channels, mean: base + 2 * channels, inverse: base + 3 * channels)
      let v = vectors.exact
      func vector(_ number: Int, _ at: Int) -> Double { v[number * channels + at % channels] }
      let (gradient, input) = (g.exact, x.exact)
      let masked = (0..<count).map { at in
        relu && input[at] * vector(0, at) + vector(1, at) <= 0 ? 0 : gradient[at]
      }
      var sums = [Double](repeating: .nan, count: 2 * channels)
      fk_norm_backward_sums(
        g.memory, Int64(channels), x.memory, Int64(channels), type.kernel, Int64(rows), Int32(channels), norm,
        relu ? 1 : 0, &sums)
      var exact = [Exact](repeating: Exact(), count: 2 * channels)
      for at in 0..<count {
        let c = at % channels
        exact[2 * c] = exact[2 * c] + masked[at]
        let term = masked[at] * (input[at] - vector(2, at)) * vector(3, at)
        exact[2 * c + 1] = exact[2 * c + 1] + term
      }
      expectNear(sums.map(Float.init), exact, .float32, operations: rows + 3, "sums")

      // In place over the gradient.
      fk_norm_backward_apply(
        g.memory, Int64(channels), x.memory, Int64(channels), type.kernel, Int64(rows), Int32(channels), norm,
        relu ? 1 : 0, base + 4 * channels, base + 5 * channels, g.memory, Int64(channels), 0)
      let applied = (0..<count).map { at in
        let value = Exact() + vector(0, at) * masked[at] + vector(4, at) * input[at]
        return value + -vector(4, at) * vector(2, at) + vector(5, at)
      }
      expectNear(g.values, applied, type, operations: 6, "apply")
    }
  }

  @Test(arguments: ElementType.allCases, ElementType.allCases)
  func maximaAgree(_ from: ElementType, _ to: ElementType) {
    for channels in [3, 64, 84, 144] {
      let (height, width, rows, columns, images) = (9, 7, 5, 4, 2)
      let x = KernelTensor(normalValues(images * height * width * channels, seed: 55), from)
      let map = KernelTensor(normalValues(2 * channels, seed: 56), .float32)
      var source = fk_source(
        data: x.memory, type: from.kernel, scale: map.floats, shift: map.floats + channels, relu: 1,
        height: Int32(height), width: Int32(width), channels: Int32(channels), pitch: Int32(channels))
      var window = fk_pool_window(
        height: 3, width: 3, stride: 2, padding: 1, rows: Int32(rows), columns: Int32(columns))
      let positions = images * rows * columns
      let out = KernelTensor(count: positions * channels, to)
      var places = [UInt8](repeating: 99, count: positions * channels)
      // In two parts, as threads do.
      fk_max_pool(&source, &window, 0, 11, out.memory, to.kernel, Int64(channels), &places)
      fk_max_pool(
        &source, &window, 11, Int64(positions - 11), out.memory, to.kernel, Int64(channels), &places)

      let (input, scale) = (x.exact, map.exact)
      var exact: [Exact] = []
      var routed = [Exact](repeating: Exact(), count: input.count)
      let g = KernelTensor(normalValues(positions * channels, seed: 57), from)
      let gradient = g.exact
      for index in 0..<positions * channels {
        let (position, c) = (index / channels, index % channels)
        let image = position / (rows * columns)
        let (i, j) = (position / columns % rows, position % columns)
        func pixel(_ place: Int) -> Int? {
          let (h, w) = (2 * i - 1 + place / 3, 2 * j - 1 + place % 3)
          guard h >= 0, h < height, w >= 0, w < width else { return nil }
          return ((image * height + h) * width + w) * channels + c
        }
        func value(_ at: Int) -> Double { max(0, input[at] * scale[c] + scale[channels + c]) }
        let best = (0..<9).compactMap(pixel).map(value).max()!
        exact.append(Exact(value: best, size: best + abs(scale[channels + c])))
        // The pixel at the place is the maximum; where two are almost equal, up to rounding.
        let place = pixel(Int(places[index]))
        #expect(place != nil && abs(value(place ?? 0) - best) < 1e-5)
        if let place { routed[place] = routed[place] + gradient[index] }
      }
      expectNear(out.values, exact, to, operations: 2, "\(channels) channels")

      guard from == to else { continue }
      let back = KernelTensor(count: input.count, to)
      fk_max_pool_backward(
        g.memory, from.kernel, Int64(channels), places, &window, Int32(height), Int32(width), Int32(channels),
        0,
        Int64(images * height * width), back.memory)
      expectNear(back.values, routed, to, operations: 4, "backward")
    }
  }

  @Test(arguments: ElementType.allCases) func meansAgree(_ type: ElementType) {
    for channels in [5, 64, 80] {
      let pixels = 49
      let x = KernelTensor(normalValues(pixels * channels, seed: 58), type)
      let mean = KernelTensor(count: channels, .float32)
      fk_average_pool(x.memory, type.kernel, Int64(pixels), Int32(channels), mean.floats)
      let exact = (0..<channels).map { c in
        (0..<pixels).reduce(Exact()) { $0 + x.exact[$1 * channels + c] / Double(pixels) }
      }
      expectNear(mean.values, exact, .float32, operations: 1)
      let back = KernelTensor(count: pixels * channels, type)
      fk_average_pool_backward(mean.floats, Int64(pixels), Int32(channels), back.memory, type.kernel)
      let shares = (0..<pixels * channels).map { Exact() + mean.exact[$0 % channels] / Double(pixels) }
      expectNear(back.values, shares, type, operations: 2)
    }
  }
}
