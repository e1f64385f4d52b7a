import Basics

/// The samples of a batch as they are delivered, with the rules that turn them into floats, for devices that normalise
/// themselves.
///
/// Output pixel (y, x) of a row shows pixel `origin` + y · `rowStep` + x · `columnStep` of the patch. Channel c of it is
/// (clean(s · scale) − mean) / std. Here s is the sample at `place` in the grid's pixel that covers the patch's pixel. The
/// result has the bits of a batch of floats.
package final class RawBatch {
  /// One entry for each of the stream's inputs.
  package let samples: [Samples]
  /// The size of every patch, whose pixels views count in.
  package let size: PatchSize
  /// The view of each row. As many are filled as the batch has samples.
  package let views: AlignedBuffer<PatchView>

  /// The samples of one input's sensor.
  package final class Samples {
    /// How one band of the network is made from a stored band.
    package struct Band: Hashable, Sendable {
      /// The number of the grid, and the place of the band in a pixel of the grid.
      package let grid, place: Int
      /// The factor of a stored sample before it is cleaned. Files with their own scale deliver floats that are
      /// scaled already.
      package let scale: Float
      package let rule: CleaningRule
      /// The value that replaces NaN, and an infinite sample where the rule says so.
      package let fill: Float
      package let mean, std: Float
    }

    /// The samples of one grid in each row: `[H, W, bands]`.
    package struct Grid: Hashable, Sendable {
      package let size: PatchSize
      package let bands: Int
      /// The usual type of the samples. `type(of:in:)` says which type a row has.
      package let type: DeliveredType
      /// Bytes from the beginning of a row to the grid.
      package let offset: Int
    }

    package let channels: Channels
    package let grids: [Grid]
    /// The bands, in the order of the channels.
    package let bands: [Band]
    /// The samples of all rows, `[N, rowBytes]`.
    package let memory: AlignedBuffer<UInt8>
    package let rowBytes: Int
    /// 1 where a grid of a row has come as floats, else 0: `[N, grids]`.
    private let floats: AlignedBuffer<UInt8>

    init(_ preparation: SamplePreparation, capacity: Int, size: PatchSize) throws {
      channels = preparation.channels
      let sensor = channels.sensor
      var offset = 0
      grids = zip(sensor.grids, sensor.deliveries(at: size)).map { grid, delivery in
        defer { offset += delivery.bytes }
        return Grid(size: delivery.size, bands: grid.bands.count, type: delivery.type, offset: offset)
      }
      bands = preparation.bands.map {
        Band(
          grid: $0.grid, place: $0.place, scale: 1, rule: $0.rule, fill: $0.fill, mean: $0.mean, std: $0.std)
      }
      rowBytes = sensor.deliveredBytes(at: size)
      memory = try AlignedBuffer(count: capacity * rowBytes)
      floats = try AlignedBuffer(count: capacity * sensor.grids.count)
    }

    /// The type in which a grid of a row has come: its usual type, or floats.
    package func type(of grid: Int, in row: Int) -> DeliveredType {
      floats.pointer[row * grids.count + grid] == 1 ? .float32 : grids[grid].type
    }

    /// The memory of the samples of a row.
    func room(_ row: Int) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(start: memory.pointer + row * rowBytes, count: rowBytes)
    }

    /// Notes the types in which the grids of a row have come.
    func note(_ found: [DeliveredGrid], _ row: Int) {
      for (number, grid) in found.enumerated() {
        let type = grid.values.type
        precondition(
          type == .float32 || type == grids[number].type, "a grid is delivered in its own type, or as floats")
        floats.pointer[row * grids.count + number] = type == .float32 ? 1 : 0
      }
    }
  }

  /// - Throws: `InputError` (environment) for lack of memory.
  init(_ preparations: [SamplePreparation], capacity: Int, size: PatchSize) throws {
    self.size = size
    samples = try preparations.map { try Samples($0, capacity: capacity, size: size) }
    views = try AlignedBuffer(count: capacity)
  }
}
