import Networks

/// The places of a batch on its way to a program: its targets, the tables that `normalise` reads, and the samples behind
/// them. The places are the same in the memory of the machine and of the GPU.
struct BatchLayout: Sendable {
  /// One input that has images. Its tables have room for the most grids and for each image of the batch.
  struct Input: Sendable {
    let name: String
    /// The shape of the normalised images.
    let shape: Shape
    /// The most grids in which its images come.
    let grids: Int
    /// First byte of each table: grids, types of the samples `[grids, N]`, bands and views.
    let places: (grids: Int, types: Int, bands: Int, views: Int)
  }

  let inputs: [Input]
  /// Bytes of the targets, which lie at the beginning.
  let targetBytes: Int
  /// First byte of the samples.
  let samples: Int
  /// Bytes of everything with the largest samples.
  let bytes: Int

  /// - Parameter stored: the images of each input as their files hold them. An input may also come as floats.
  init(_ program: CUDAProgram, stored: [String: StoredImage]) {
    var end = 0
    func place(_ bytes: Int) -> Int {
      defer { end += CUDAProgram.aligned(bytes) }
      return end
    }
    let shapes = program.graph.inputs
    targetBytes = 4 * (shapes[Graph.targets]?.count ?? 0)
    _ = place(targetBytes)
    var inputs: [Input] = []
    var largest = 0
    for (name, _) in program.inputs where name != Graph.targets {
      let shape = shapes[name]!
      let grids = max(stored[name]?.gridBytes.count ?? 0, 1)
      inputs.append(
        Input(
          name: name, shape: shape, grids: grids,
          places: (
            place(MemoryLayout<RawGrid>.stride * grids), place(grids * shape.batch),
            place(MemoryLayout<RawBand>.stride * shape.channels),
            place(MemoryLayout<RawView>.stride * shape.batch)
          )))
      let raw = stored[name]?.gridBytes.reduce(0) { $0 + CUDAProgram.aligned($1 * shape.batch) } ?? 0
      largest += max(raw, CUDAProgram.aligned(4 * shape.count))
    }
    self.inputs = inputs
    samples = end
    bytes = end + largest
  }

  /// Copies a batch to its places.
  /// - Returns: bytes from the beginning to the last sample.
  func fill(_ slot: UnsafeMutableRawPointer, _ batch: NetworkBatch) -> Int {
    if targetBytes > 0 {
      guard let targets = batch.targets else { preconditionFailure("a training batch has targets") }
      slot.copyMemory(from: targets, byteCount: targetBytes)
    }
    var end = samples
    for input in inputs {
      guard let images = batch.inputs.first(where: { $0.name == input.name })?.images else {
        preconditionFailure("the batch has no images \(input.name)")
      }
      switch images {
      case .floats(let floats): fill(slot, input, RawSamples(normalised: floats, input.shape), &end)
      case .samples(let samples): fill(slot, input, samples, &end)
      }
    }
    precondition(end <= bytes, "stored images are larger than the request says")
    return end
  }

  private func fill(
    _ slot: UnsafeMutableRawPointer, _ input: Input, _ raw: RawSamples, _ end: inout Int
  ) {
    let shape = input.shape
    precondition(
      (raw.views.count, raw.height, raw.width, raw.bands.count)
        == (shape.batch, shape.height, shape.width, shape.channels),
      "the images \(input.name) do not have the shape \(shape)")
    precondition(raw.grids.count <= input.grids, "\(input.name) has more grids than the request says")
    for (number, grid) in raw.grids.enumerated() {
      let types = grid.types.prefix(shape.batch)
      // Images of several types lie apart as the widest type needs it.
      let stride = grid.samples(of: types.max { $0.bytes < $1.bytes }!)
      table(slot, input.places.grids, number, RawGrid(grid, of: raw, offset: end, stride: stride))
      precondition(end + stride * shape.batch <= bytes, "stored images are larger than the request says")
      for (image, type) in types.enumerated() {
        table(slot, input.places.types, number * shape.batch + image, type.code)
        (slot + end + image * stride).copyMemory(
          from: grid.samples + image * grid.stride, byteCount: grid.samples(of: type))
      }
      end += CUDAProgram.aligned(stride * shape.batch)
    }
    for (number, band) in raw.bands.enumerated() {
      table(slot, input.places.bands, number, RawBand(band))
    }
    for (number, view) in raw.views.enumerated() {
      table(slot, input.places.views, number, RawView(view))
    }
  }

  private func table<Entry: BitwiseCopyable>(
    _ slot: UnsafeMutableRawPointer, _ place: Int, _ number: Int, _ entry: Entry
  ) {
    slot.storeBytes(of: entry, toByteOffset: place + number * MemoryLayout<Entry>.stride, as: Entry.self)
  }
}

extension RawSamples.Grid {
  /// Bytes of the samples of one image.
  fileprivate func samples(of type: RawSamples.SampleType) -> Int { height * width * bands * type.bytes }
}

extension RawSamples.SampleType {
  /// The number of the type in the table of types.
  fileprivate var code: UInt8 {
    switch self {
    case .uint8: 0
    case .uint16: 1
    case .float32: 2
    }
  }
}

extension RawGrid {
  fileprivate init(_ grid: RawSamples.Grid, of raw: RawSamples, offset: Int, stride: Int) {
    self.init(
      offset: offset, stride: stride, width: grid.width, bands: grid.bands,
      rowStep: raw.imageHeight / grid.height, columnStep: raw.imageWidth / grid.width)
  }
}
