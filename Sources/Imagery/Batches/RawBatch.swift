import Basics
import Rasters

/// The samples of a batch as they are stored, and the numbers that turn them into the floats of a batch. For
/// devices that do this themselves.
///
/// Channel c of output pixel (y, x) of a row is (clean(s · scale) − mean) / std. Output pixel (y, x) shows
/// pixel `origin` + y · `rowStep` + x · `columnStep` of the patch. One pixel of the grid covers that pixel; s
/// is its sample number `place`. The result has the same bits as a batch of floats.
package final class RawBatch {
  /// One entry for each of the stream's inputs.
  package let samples: [Samples]
  /// The view of each row. As many rows as the batch has samples are filled.
  package let views: AlignedBuffer<PatchView>

  /// The samples of one input's sensor.
  package final class Samples {
    /// The source of one band of the network, and the numbers that it is prepared with.
    package struct Band: Hashable, Sendable {
      /// The number of the grid, and the place of the band in a pixel of the grid.
      package let grid, place: Int
      /// The factor of a stored sample before it is cleaned. Files with scales of their own are delivered as
      /// floats that are scaled already.
      package let scale: Float
      package let rule: CleaningRule
      /// The value that replaces NaN, and infinite samples where the rule says so.
      package let fill: Float
      package let mean, std: Float
    }

    /// The samples of one grid in each row: `[H, W, bands]`.
    package struct Grid: Hashable, Sendable {
      package let size: PatchSize
      package let bands: Int
      /// The sensor's type of the grid. A row may have floats instead: see `type(of:in:)`.
      package let type: SampleType
      /// Where the grid begins in a row, bytes.
      package let offset: Int
    }

    package let channels: Channels
    package let grids: [Grid]
    /// One entry for each band of the channels, in their order.
    package let bands: [Band]
    /// The samples of all rows, `[N, rowBytes]`.
    package let memory: AlignedBuffer<UInt8>
    package let rowBytes: Int
    /// Whether a grid of a row was delivered as floats, `[N, grids]`: 1 or 0.
    private let floats: AlignedBuffer<UInt8>

    init(_ preparation: SamplePreparation, capacity: Int, size: PatchSize) throws {
      channels = preparation.channels
      let sensor = channels.sensor
      var offset = 0
      grids = sensor.grids.map { grid in
        let own = grid.size(in: size)
        defer { offset += sensor.largestBytes(of: grid, at: size) }
        return Grid(size: own, bands: grid.bands.count, type: grid.type, offset: offset)
      }
      bands = preparation.bands.map {
        Band(
          grid: $0.grid, place: $0.place, scale: 1, rule: $0.rule, fill: $0.fill, mean: $0.mean, std: $0.std)
      }
      rowBytes = sensor.largestBytes(at: size)
      memory = try AlignedBuffer(count: capacity * rowBytes)
      floats = try AlignedBuffer(count: capacity * sensor.grids.count)
    }

    /// The type in which a grid of a row was delivered: the sensor's type, or floats.
    package func type(of grid: Int, in row: Int) -> SampleType {
      floats.pointer[row * grids.count + grid] == 1 ? .float32 : grids[grid].type
    }

    /// The memory for the samples of a row.
    func room(_ row: Int) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(start: memory.pointer + row * rowBytes, count: rowBytes)
    }

    /// Notes the types in which the grids of a row were delivered.
    func note(_ found: [RawGrid], _ row: Int) {
      for (number, grid) in found.enumerated() {
        let type = grid.values.type
        precondition(
          type == .float32 || type == grids[number].type, "a store delivers a grid's own type, or floats")
        floats.pointer[row * grids.count + number] = type == .float32 ? 1 : 0
      }
    }
  }

  /// - Throws: `InputError` (environment) for lack of memory.
  init(_ preparations: [SamplePreparation], capacity: Int, size: PatchSize) throws {
    samples = try preparations.map { try Samples($0, capacity: capacity, size: size) }
    views = try AlignedBuffer(count: capacity)
  }
}
