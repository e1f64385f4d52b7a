import Networks

/// Pooling over windows and over whole images.
extension CUDALowering {
  mutating func lowerMaxPool(_ value: Graph.Value, _ window: Window) -> Stored {
    precondition(window.taps <= 256, "\(value.name): a pooling window has at most 256 pixels")
    let x = materialised(value.inputs[0])
    let y = buffer(value.shape.count, type(x))
    // One byte for each result.
    let places = mode == .training ? buffer((value.shape.count + 3) / 4) : nil
    self.places[current] = places
    call(
      "max_pool", type(x),
      [.buffer(x), .buffer(y), places.map { .buffer($0) } ?? .absent]
        + sizes(window, graph[value.inputs[0]].shape, value.shape),
      .bundles(rows: value.shape.rows, channels: value.shape.channels), reads: [x],
      writes: [y] + (places.map { [$0] } ?? []))
    return .buffer(y)
  }

  mutating func lowerMaxPoolGradient(_ value: Graph.Value, _ window: Window, _ forward: ValueID) -> Stored {
    let gradient = materialised(value.inputs[0])
    let out = disposableBuffer(value.shape.count, type(gradient))
    let places = places[forward.index]!
    call(
      "max_pool_backward", type(gradient),
      [.buffer(gradient), .buffer(places), .buffer(out)] + sizes(window, value.shape, graph[forward].shape),
      .bundles(rows: value.shape.rows, channels: value.shape.channels), reads: [gradient, places],
      writes: [out])
    return .buffer(out)
  }

  mutating func lowerAveragePool(_ value: Graph.Value, _ window: Window) -> Stored {
    let x = materialised(value.inputs[0])
    let y = buffer(value.shape.count, type(x))
    call(
      "average_pool", type(x),
      [.buffer(x), .buffer(y)] + sizes(window, graph[value.inputs[0]].shape, value.shape),
      .bundles(rows: value.shape.rows, channels: value.shape.channels), reads: [x], writes: [y])
    return .buffer(y)
  }

  mutating func lowerAveragePoolGradient(_ value: Graph.Value, _ window: Window) -> Stored {
    let gradient = materialised(value.inputs[0])
    let out = disposableBuffer(value.shape.count, type(gradient))
    call(
      "average_pool_backward", type(gradient),
      [.buffer(gradient), .buffer(out)] + sizes(window, value.shape, graph[value.inputs[0]].shape),
      .bundles(rows: value.shape.rows, channels: value.shape.channels), reads: [gradient], writes: [out])
    return .buffer(out)
  }

  /// Means under a grid of windows that covers the image.
  mutating func lowerGridMean(_ value: Graph.Value) -> Stored {
    let x = materialised(value.inputs[0])
    let y = buffer(value.shape.count, type(x))
    call(
      "grid_mean", type(x), [.buffer(x), .buffer(y)] + sizes(graph[value.inputs[0]].shape, value.shape),
      .bundles(rows: value.shape.rows, channels: value.shape.channels), reads: [x], writes: [y])
    return .buffer(y)
  }

  mutating func lowerGridMeanGradient(_ value: Graph.Value) -> Stored {
    let gradient = materialised(value.inputs[0])
    let out = disposableBuffer(value.shape.count, type(gradient))
    call(
      "grid_mean_backward", type(gradient),
      [.buffer(gradient), .buffer(out)] + sizes(value.shape, graph[value.inputs[0]].shape),
      .bundles(rows: value.shape.rows, channels: value.shape.channels), reads: [gradient], writes: [out])
    return .buffer(out)
  }

  mutating func lowerGlobalAverage(_ value: Graph.Value) -> Stored {
    let x = materialised(value.inputs[0])
    let y = buffer(value.shape.count)
    let input = graph[value.inputs[0]].shape
    call(
      "global_average", type(x),
      [.buffer(x), .buffer(y), .int(input.batch), .int(input.pixels), .int(input.channels)],
      .images(input.batch, channels: input.channels), reads: [x], writes: [y])
    return .buffer(y)
  }

  mutating func lowerGlobalAverageGradient(_ value: Graph.Value) -> Stored {
    let gradient = materialised(value.inputs[0], as: .float32)
    let out = disposableBuffer(value.shape.count, type)
    call(
      "global_average_backward", type,
      [
        .buffer(gradient), .buffer(out), .int(value.shape.batch), .int(value.shape.pixels),
        .int(value.shape.channels),
      ], .bundles(rows: value.shape.rows, channels: value.shape.channels), reads: [gradient], writes: [out])
    return .buffer(out)
  }

  /// Batch, height, width and channels of the pooling's input, height and width of its output.
  private func sizes(_ input: Shape, _ output: Shape) -> [KernelCall.Argument] {
    [input.batch, input.height, input.width, input.channels, output.height, output.width].map { .int($0) }
  }

  /// The same, and the window.
  private func sizes(_ window: Window, _ input: Shape, _ output: Shape) -> [KernelCall.Argument] {
    sizes(input, output) + [window.height, window.width, window.stride, window.padding].map { .int($0) }
  }
}
