import Basics
import Rasters

/// The samples of a batch as they are stored, and what makes them the floats of a batch: for devices that do so
/// themselves.
///
/// Channel c of output pixel (y, x) of a row is (clean(s · scale) − mean) / std, where s is the sample at `place` of
/// the grid's pixel that holds pixel `origin` + y · `rowStep` + x · `columnStep` of the patch. The result
/// has the bits of a batch of floats.
package final class RawBatch {
  /// One entry for each of the stream's inputs.
  package let samples: [Samples]
  /// How each row is seen, of which as many as the batch has samples are filled.
  package let views: AlignedBuffer<PatchView>

  /// The samples of one input's sensor.
  package final class Samples {
    /// What one band of the network is made of.
    package struct Band: Hashable, Sendable {
      /// The grid, and the place in its pixel.
      package let grid, place: Int
      /// What a stored sample is multiplied with before it is cleaned. Samples of files with scales of their own come
      /// as floats that are scaled already.
      package let scale: Float
      package let rule: CleaningRule
      /// What takes the place of NaN, and of an infinite sample where the rule says so.
      package let fill: Float
      package let mean, std: Float
    }

    /// The samples of one grid in each row: `[H, W, bands]`.
    package struct Grid: Hashable, Sendable {
      package let size: PatchSize
      package let bands: Int
      /// The usual type. What a row really has, `type(of:in:)` says.
      package let type: SampleType
      /// Where the grid begins in a row, bytes.
      package let offset: Int
    }

    package let channels: Channels
    package let grids: [Grid]
    /// In the order of the channels' bands.
    package let bands: [Band]
    /// `[N, rowBytes]`
    package let memory: AlignedBuffer<UInt8>
    package let rowBytes: Int
    /// Whether a grid of a row came as floats, `[N, grids]`: 1 or 0.
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

    /// The type in which a grid of a row came: its usual one, or floats.
    package func type(of grid: Int, in row: Int) -> SampleType {
      floats.pointer[row * grids.count + grid] == 1 ? .float32 : grids[grid].type
    }

    /// Where the samples of a row go.
    func room(_ row: Int) -> UnsafeMutableRawBufferPointer {
      UnsafeMutableRawBufferPointer(start: memory.pointer + row * rowBytes, count: rowBytes)
    }

    /// Notes what has come into a row.
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
