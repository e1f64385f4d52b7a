import Imagery
import Networks

extension RawSamples {
  /// The samples of one input of a batch, for a device that converts them to floats itself.
  init(_ batch: Batch, _ input: Channels) {
    guard let raw = batch.raw else {
      self.init(
        normalised: batch.images(input).pointer,
        Shape(batch.count, batch.size.height, batch.size.width, input.bandCount))
      return
    }
    guard let samples = raw.samples.first(where: { $0.channels == input }) else {
      preconditionFailure("the batch has no samples of \(input.name)")
    }
    let rows = 0..<batch.count
    self.init(
      grids: samples.grids.enumerated().map { number, grid in
        Grid(
          UnsafeRawPointer(samples.memory.pointer + grid.offset), stride: samples.rowBytes,
          types: rows.map { SampleType(samples.type(of: number, in: $0)) }, height: grid.size.height,
          width: grid.size.width, bands: grid.bands)
      },
      bands: samples.bands.map { band in
        Band(
          grid: band.grid, band: band.place, scale: band.scale,
          cleaning: Cleaning(
            low: band.rule.low, high: band.rule.high, missing: band.fill,
            replacesInfinite: band.rule.fillsInfinite),
          mean: band.mean, deviation: band.std)
      },
      size: (batch.size.height, batch.size.width), image: (raw.size.height, raw.size.width),
      views: rows.map { View(raw.views.pointer[$0]) })
  }
}

extension RawSamples.SampleType {
  /// The type in which samples are delivered.
  package init(_ type: DeliveredType) {
    switch type {
    case .uint8: self = .uint8
    case .uint16: self = .uint16
    case .float32: self = .float32
    }
  }
}

extension RawSamples.View {
  fileprivate init(_ view: PatchView) {
    func step(_ pixels: Int) -> Step {
      abs(pixels) == view.patch.width
        ? Step(rows: pixels.signum(), columns: 0) : Step(rows: 0, columns: pixels.signum())
    }
    self.init(
      row: view.origin / view.patch.width, column: view.origin % view.patch.width, down: step(view.rowStep),
      right: step(view.columnStep))
  }
}
