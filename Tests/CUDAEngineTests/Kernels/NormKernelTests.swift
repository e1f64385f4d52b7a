import CUDAEngine
import Testing

/// Batch norm and its derivative against plain loops in double.
@Suite struct NormKernelTests {
  /// A batch norm's arguments, and exact results.
  private struct Case {
    let element: Element
    let rows, channels: Int
    let x, gamma, beta: [Float]
    let momentum: Float = 0.1
    let epsilon: Float = 1e-5
    let shift: Int

    var count: Int { rows * channels }
    var slabRows: Int { LaunchShape.slabRows(rows: rows, channels: channels) }
    var columns: LaunchShape { .columns(rows: rows, channels: channels) }
    var pass: LaunchShape { .pass(count: count) }

    init(_ element: Element, rows: Int, channels: Int, offset: Float = 0, shift: Int = 0) {
      (self.element, self.rows, self.channels, self.shift) = (element, rows, channels, shift)
      x = normal(rows * channels, seed: 1).enumerated().map { index, value in
        element.value(element.bits(value * (0.5 + Float(index % channels) / 20) + offset))
      }
      gamma = normal(channels, seed: 2).map { $0 / 4 + 1 }
      beta = normal(channels, seed: 3)
    }

    func array(_ values: [Float]) -> DeviceArray { DeviceArray(element, values, shift: shift) }
    func empty() -> DeviceArray { DeviceArray(element, count: count, shift: shift) }

    /// Means and variances, biased.
    var moments: [(mean: Double, variance: Double)] {
      (0..<channels).map { c in
        let column = stride(from: c, to: count, by: channels).map { Double(x[$0]) }
        let mean = column.reduce(0, +) / Double(rows)
        return (mean, column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows))
      }
    }

    /// The vectors as the kernels compute them, and the running statistics.
    func vectors(_ order: ThreadOrder) -> [DeviceArray] {
      let x = array(x)
      let partial = DeviceArray(.f32, count: columns.rows * 2 * channels)
      let vectors = DeviceArray(.f32, count: 4 * channels)
      let mean = DeviceArray(.f32, [Float](repeating: 0.5, count: channels))
      let variance = DeviceArray(.f32, [Float](repeating: 2, count: channels))
      launch(
        "norm_moments_\(element)", columns, order,
        [.array(x), .array(partial), .int(rows), .int(channels), .int(slabRows)])
      launch(
        "norm_finish_\(element)", .channels(channels), order,
        [
          .array(x), .array(partial), .array(DeviceArray(.f32, gamma)), .array(DeviceArray(.f32, beta)),
          .array(mean), .array(variance), .array(vectors), .array(nil), .int(rows), .int(channels),
          .int(columns.rows),
          .float(momentum), .float(epsilon),
        ])
      return [vectors, mean, variance]
    }

    /// Exact values behind the batch norm.
    var normalised: [Double] {
      let moments = moments
      return x.enumerated().map { index, value in
        let (mean, variance) = moments[index % channels]
        let scale = Double(gamma[index % channels]) / (variance + Double(epsilon)).squareRoot()
        return (Double(value) - mean) * scale + Double(beta[index % channels])
      }
    }
  }

  @Test(arguments: Element.allCases, channelCounts) func statistics(_ element: Element, _ channels: Int) {
    // 300 rows make three slabs, and the last one is short. Means of 1000 need the differences from a pivot.
    for (rows, offset, shift) in [(300, Float(0), 0), (300, 0, 1), (33, element == .f32 ? 1000 : 0, 0)] {
      let norm = Case(element, rows: rows, channels: channels, offset: offset, shift: shift)
      let results = inEveryOrder(norm.vectors)
      let vectors = results[0].doubles(.f32)
      let part = { (index: Int) in Array(vectors[index * channels..<(index + 1) * channels]) }
      let moments = norm.moments
      let inverse = moments.map { 1 / ($0.variance + Double(norm.epsilon)).squareRoot() }
      expectClose(part(0), zip(inverse, norm.gamma).map { $0 * Double($1) }, 2e-6, "scale")
      #expect(part(1) == norm.beta.map { Double($0) })
      // Deviations are about 1.
      expectClose(part(2), moments.map(\.mean), 4e-7, "mean", of: 1)
      expectClose(part(3), inverse, 2e-6, "inverse deviation")
      let (momentum, unbiased) = (Double(norm.momentum), Double(rows) / Double(rows - 1))
      expectClose(
        results[1].doubles(.f32), moments.map { 0.5 * (1 - momentum) + momentum * $0.mean }, 4e-7,
        "running mean", of: 1)
      expectClose(
        results[2].doubles(.f32), moments.map { 2 * (1 - momentum) + momentum * unbiased * $0.variance },
        1e-6,
        "running variance")
    }
  }

  /// The vector path and the one for single elements give the same bits.
  @Test(arguments: Element.allCases) func alignmentChangesNoBits(_ element: Element) {
    let aligned = Case(element, rows: 100, channels: 72).vectors(.forward)
    let shifted = Case(element, rows: 100, channels: 72, shift: 1).vectors(.forward)
    for (a, b) in zip(aligned, shifted) { #expect(a.bytes == b.bytes) }
  }

  @Test func oneRowHasNoVariance() {
    let results = inEveryOrder(Case(.f32, rows: 1, channels: 17).vectors)
    #expect(results[2].floats(.f32).allSatisfy { $0 == 2 })
    #expect(results[0].floats(.f32).allSatisfy { $0.isFinite })
  }

  @Test func frozenStatistics() {
    let norm = Case(.f32, rows: 8, channels: 72)
    let (mean, variance) = (normal(72, seed: 4), normal(72, seed: 5).map { $0 * $0 })
    let vectors = inEveryOrder { order in
      let vectors = DeviceArray(.f32, count: 4 * 72)
      launch(
        "norm_frozen", .elements(72), order,
        [
          .array(DeviceArray(.f32, norm.gamma)), .array(DeviceArray(.f32, norm.beta)),
          .array(DeviceArray(.f32, mean)),
          .array(DeviceArray(.f32, variance)), .array(vectors), .array(nil), .int(72),
          .float(norm.epsilon),
        ])
      return [vectors]
    }[0].doubles(.f32)
    let inverse = variance.map { 1 / (Double($0) + Double(norm.epsilon)).squareRoot() }
    let scale = zip(inverse, norm.gamma).map { $0 * Double($1) }
    expectClose(vectors, scale + (norm.beta + mean).map(Double.init) + inverse, 1e-6, "vectors")
  }

  @Test(arguments: Element.allCases, channelCounts) func apply(_ element: Element, _ channels: Int) {
    for (shift, second, relu) in [(0, 0, true), (0, 1, true), (0, 2, false), (1, 2, true)] {
      let norm = Case(element, rows: 37, channels: channels, shift: shift)
      let z = normal(norm.count, element, seed: 6)
      let got = inEveryOrder { order in
        let vectors = norm.vectors(order)[0]
        let y = norm.empty()
        launch(
          "norm_apply_\(element)", norm.pass, order,
          [
            .array(norm.array(norm.x)), .array(vectors), .array(second == 0 ? nil : norm.array(z)),
            .array(second == 2 ? vectors : nil), .array(y), .count(norm.count), .int(channels),
            .int(relu ? 1 : 0),
          ])
        // In place, too.
        let inPlace = norm.array(norm.x)
        launch(
          "norm_apply_\(element)", norm.pass, order,
          [
            .array(inPlace), .array(vectors), .array(second == 0 ? nil : norm.array(z)),
            .array(second == 2 ? vectors : nil), .array(inPlace), .count(norm.count), .int(channels),
            .int(relu ? 1 : 0),
          ])
        #expect(inPlace.bytes == y.bytes)
        return [y]
      }[0].doubles(element)
      let (moments, values) = (norm.moments, norm.normalised)
      let exact = values.indices.map { index in
        let c = index % channels
        let scale = Double(norm.gamma[c]) / (moments[c].variance + Double(norm.epsilon)).squareRoot()
        let extra =
          second == 0
          ? 0
          : second == 1
            ? Double(z[index]) : (Double(z[index]) - moments[c].mean) * scale + Double(norm.beta[c])
        return relu ? max(0, values[index] + extra) : values[index] + extra
      }
      expectClose(got, exact, element.precision + 4e-6, "y")
    }
  }

  @Test func reluKeepsNaN() {
    let norm = Case(.f32, rows: 4, channels: 8)
    let vectors = norm.vectors(.forward)[0]
    let (x, y) = (norm.array([.nan] + norm.x.dropFirst()), norm.empty())
    launch(
      "norm_apply_f32", norm.pass, .forward,
      [
        .array(x), .array(vectors), .array(nil), .array(nil), .array(y), .count(32), .int(8), .int(1),
      ])
    #expect(y.floats(.f32).map(\.isNaN) == [true] + [Bool](repeating: false, count: 31))
  }

  @Test(arguments: Element.allCases, channelCounts) func backward(_ element: Element, _ channels: Int) {
    for (relu, shift) in [(0, 0), (1, 0), (2, 0), (1, 1), (2, 1)] {
      let norm = Case(element, rows: 300, channels: channels, shift: shift)
      let dy = normal(norm.count, element, seed: 7)
      let y = normal(norm.count, element, seed: 8)
      let results = inEveryOrder { backwardKernels(norm, dy, y, relu, $0) }
      // Where rounding decides the sign of a value next to zero, the kernel's sign holds.
      let vectors = norm.vectors(.forward)[0].floats(.f32)
      let open = norm.x.indices.map { index in
        let c = index % channels
        let difference = norm.x[index] - vectors[2 * channels + c]
        let value = vectors[channels + c].addingProduct(difference, vectors[c])
        return relu == 0 || (relu == 1 ? value : y[index]) > 0
      }
      let exact = exactBackward(norm, zip(dy, open).map { $1 ? Double($0) : 0 })
      expectClose(results[0].doubles(.f32), exact.dgamma, 1e-5, "dgamma, relu \(relu)")
      expectClose(results[1].doubles(.f32), exact.dbeta, 1e-5, "dbeta, relu \(relu)")
      expectClose(results[2].doubles(element), exact.dx, element.precision + 1e-5, "dx, relu \(relu)")
    }
  }

  /// Gradients of scale, shift and input.
  private func backwardKernels(
    _ norm: Case, _ dy: [Float], _ y: [Float], _ relu: Int, _ order: ThreadOrder
  ) -> [DeviceArray] {
    let (x, y, vectors) = (norm.array(norm.x), norm.array(y), norm.vectors(order)[0])
    let channels = norm.channels
    let partial = DeviceArray(.f32, count: norm.columns.rows * 2 * channels)
    let (dgamma, dbeta) = (DeviceArray(.f32, count: channels), DeviceArray(.f32, count: channels))
    let coefficients = DeviceArray(.f32, count: 3 * channels)
    // The gradient is overwritten by that of the input.
    let dx = norm.array(dy)
    launch(
      "norm_backward_sums_\(norm.element)", norm.columns, order,
      [
        .array(dx), .array(x), .array(relu == 2 ? y : nil), .array(vectors), .array(partial),
        .int(norm.rows), .int(channels), .int(norm.slabRows), .int(relu),
      ])
    launch(
      "norm_backward_finish", .channels(channels), order,
      [
        .array(partial), .array(vectors), .array(dgamma), .array(dbeta), .array(coefficients),
        .int(norm.rows), .int(channels), .int(norm.columns.rows),
      ])
    launch(
      "norm_backward_apply_\(norm.element)", norm.pass, order,
      [
        .array(dx), .array(x), .array(relu == 2 ? y : nil), .array(vectors), .array(coefficients), .array(dx),
        .count(norm.count), .int(channels), .int(relu),
      ])
    return [dgamma, dbeta, dx]
  }

  private func exactBackward(
    _ norm: Case, _ g: [Double]
  ) -> (dgamma: [Double], dbeta: [Double], dx: [Double]) {
    let (rows, channels) = (norm.rows, norm.channels)
    var (dgamma, dbeta) = ([Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels))
    let moments = norm.moments
    let standard = norm.x.enumerated().map { index, value in
      let (mean, variance) = moments[index % channels]
      return (Double(value) - mean) / (variance + Double(norm.epsilon)).squareRoot()
    }
    for index in g.indices {
      dbeta[index % channels] += g[index]
      dgamma[index % channels] += g[index] * standard[index]
    }
    let dx = g.indices.map { index in
      let c = index % channels
      let scale = Double(norm.gamma[c]) / (moments[c].variance + Double(norm.epsilon)).squareRoot()
      return scale * (g[index] - (dbeta[c] + standard[index] * dgamma[c]) / Double(rows))
    }
    return (dgamma, dbeta, dx)
  }
}
