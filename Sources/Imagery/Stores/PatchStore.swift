import Basics
import Rasters

/// A store of the samples of patches: a tree of files, a pack, memory.
///
/// A store delivers samples as they are stored. Code above the stores replaces missing samples, cleans,
/// normalises, augments and resamples. It is the same for all stores, so stores with the same samples give
/// the same numbers.
public protocol PatchStore: Sendable {
  /// A reader for one thread.
  /// - Throws: `InputError` (environment) for lack of memory.
  func reader() throws -> any PatchReading
  /// The source of the samples of a patch, for messages: the path of a file.
  /// - Parameter patch: the patch's number in the catalogue.
  func source(of patch: Int, _ sensor: Sensor) -> String
}

extension PatchStore {
  /// The source's name without its folder, for messages: "ROIs1158_spring_s2_1_p30.tif".
  package func name(of patch: Int, _ sensor: Sensor) -> String {
    source(of: patch, sensor).split(separator: "/").last.map(String.init) ?? source(of: patch, sensor)
  }
}

/// Reads samples from a store, for one thread.
public protocol PatchReading: AnyObject {
  /// Reads all grids of a sensor.
  /// - Parameters:
  ///   - patch: the patch's number in the catalogue.
  ///   - size: the size that the patch must have.
  ///   - memory: memory for the samples; see `Sensor.rooms`. The samples stay there until the caller uses it
  ///     again.
  /// - Returns: the grids in the order of the sensor.
  /// - Throws: `InputError` (data) naming the source when the source is absent, damaged or of another form.
  func read(
    _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> [RawGrid]
  /// The facts of a patch that are known without its samples.
  /// - Throws: `InputError` (data) as `read`.
  func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts
  /// Whether all samples of a patch are there and are integers, which are never missing. Decided without
  /// reading the samples; false where that is not possible.
  /// - Throws: `InputError` (data) when the source cannot be read.
  func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool
}

/// The samples of one grid as they are stored.
public struct RawGrid {
  package let size: PatchSize
  /// The samples, `[H, W, bands]`, in the type of the grid. Where the source declares more, such as a scale,
  /// they are floats, with NaN for missing samples.
  package let values: SampleValues
  /// The source of the samples, for messages.
  package let source: String
  package let marks: MissingMarks

  package init(size: PatchSize, values: SampleValues, source: String, marks: MissingMarks) {
    (self.size, self.values) = (size, values)
    (self.source, self.marks) = (source, marks)
  }
}
