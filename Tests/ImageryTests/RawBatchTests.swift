import Testing

@testable import Basics
@testable import Imagery
@testable import Rasters

/// Floats made from the stored samples of a raw batch are those of a batch of floats, to the last bit.
@Suite struct RawBatchTests {
  @Test(arguments: [NaNPolicy.fill, .paper])
  func rawSamplesBecomeTheSameFloats(policy: NaNPolicy) throws {
    let scene = SampleScene(gaps: true)
    var options = try scene.options(policy)
    let floats = try BatchStream(scene.labelled, in: scene.store, options: options, epoch: 1)
    options.form = .raw
    options.workers = 3
    let raw = try BatchStream(scene.labelled, in: scene.store, options: options, epoch: 1)
    var (samples, filled) = (0, 0)
    while let expected = try floats.next() {
      let batch = try #require(try raw.next())
      #expect(batch.indices == expected.indices && batch.images.isEmpty)
      #expect(
        Array(batch.targets.elements.prefix(batch.count))
          == Array(expected.targets.elements.prefix(expected.count)))
      let content = try #require(batch.raw)
      for (input, images) in expected.images.enumerated() {
        let made = (0..<batch.count).flatMap { Self.floats(content, input, row: $0) }
        let whole = images.elements.prefix(made.count)
        #expect(made.map(\.bitPattern) == whole.map(\.bitPattern))
        filled += whole.count { $0 == 0 }
      }
      samples += batch.count
    }
    #expect(try raw.next() == nil && samples == 6)
    // Under `fill` the three missing samples of each patch become the mean, which is 0.
    #expect(policy == .paper || filled >= 18)
  }

  @Test func missingSamplesAreRefusedAlike() throws {
    let scene = SampleScene(gaps: true)
    var messages: [InputError] = []
    for form in [BatchOptions.Form.floats, .raw] {
      var options = try scene.options(.fail)
      options.shuffle = false
      options.form = form
      let stream = try BatchStream(scene.labelled, in: scene.store, options: options, epoch: 0)
      messages.append(try #require(#expect(throws: InputError.self) { try stream.next() }))
    }
    #expect(messages[0] == messages[1] && messages[0].subject == "radar of patch 0")
    #expect(messages[0].problem == "3 of 288 samples are NaN or infinite")
  }

  /// The floats of a row of a raw batch, computed sample by sample by its definition.
  private static func floats(_ batch: RawBatch, _ input: Int, row: Int) -> [Float] {
    let (samples, view) = (batch.samples[input], batch.views.pointer[row])
    let start = UnsafeRawPointer(samples.memory.pointer + row * samples.rowBytes)
    return (0..<view.size.height).flatMap { y in
      (0..<view.size.width).flatMap { x in
        let pixel = view.origin + y * view.rowStep + x * view.columnStep
        let (line, column) = pixel.quotientAndRemainder(dividingBy: view.patch.width)
        return samples.bands.map { band -> Float in
          let grid = samples.grids[band.grid]
          let own =
            line * grid.size.height / view.patch.height * grid.size.width
            + column * grid.size.width / view.patch.width
          let place = own * grid.bands + band.place
          let values = DeliveredValues(
            start + grid.offset, type: samples.type(of: band.grid, in: row), count: place + 1)
          let stored: Float =
            switch values {
            case .uint8(let values): Float(values[place])
            case .uint16(let values): Float(values[place])
            case .float32(let values): values[place]
            }
          let value = stored * band.scale
          let isMissing = value.isNaN || (value.isInfinite && band.rule.fillsInfinite)
          let clean = isMissing ? band.fill : min(max(value, band.rule.low), band.rule.high)
          return (clean - band.mean) / band.std
        }
      }
    }
  }
}
