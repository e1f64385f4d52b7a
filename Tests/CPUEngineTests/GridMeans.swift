import Networks

/// Means under a grid of windows that covers the image, as `torch.nn.AdaptiveAvgPool2d`, in double precision.
extension ReferenceInterpreter {
  /// Calls the body for every pixel and every window that it lies in, with its share of the window's mean.
  private func forEachShare(
    _ input: Shape, _ output: Shape, _ body: (_ from: Int, _ to: Int, _ share: Double) -> Void
  ) {
    func pixels(_ window: Int, of windows: Int, _ pixels: Int) -> Range<Int> {
      let first = (Double(window * pixels) / Double(windows)).rounded(.down)
      return Int(first)..<Int((Double((window + 1) * pixels) / Double(windows)).rounded(.up))
    }
    for n in 0..<input.batch {
      for i in 0..<output.height {
        for j in 0..<output.width {
          let rows = pixels(i, of: output.height, input.height)
          let columns = pixels(j, of: output.width, input.width)
          for h in rows {
            for w in columns {
              body(
                (n * input.height + h) * input.width + w, (n * output.height + i) * output.width + j,
                1 / Double(rows.count * columns.count))
            }
          }
        }
      }
    }
  }

  func gridMeans(_ x: [Double], _ input: Shape, _ output: Shape) -> [Double] {
    var y = [Double](repeating: 0, count: output.count)
    let channels = input.channels
    forEachShare(input, output) { from, to, share in
      for c in 0..<channels { y[to * channels + c] += x[from * channels + c] * share }
    }
    return y
  }

  func gridMeansGradient(_ gradient: [Double], _ output: Shape, _ input: Shape) -> [Double] {
    var result = [Double](repeating: 0, count: input.count)
    let channels = input.channels
    forEachShare(input, output) { from, to, share in
      for c in 0..<channels { result[from * channels + c] += gradient[to * channels + c] * share }
    }
    return result
  }
}
