import Basics
import Rasters

/// Where the samples of patches lie: a tree of files, a pack, memory.
///
/// A store delivers samples as they are stored. What is done to them (missing samples, cleaning, normalising,
/// augmentation, resampling) stands above and is the same for all stores. So no store can give other numbers than another
/// one that holds the same samples.
public protocol PatchStore: Sendable {
  /// A reader for one thread.
  /// - Throws: `InputError` (environment) for lack of memory.
  func reader() throws -> any PatchReading
  /// Where the samples of a patch come from, for messages: the path of a file.
  /// - Parameter patch: its number in the catalogue.
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
  ///   - patch: its number in the catalogue.
  ///   - size: the size that the patch must have.
  ///   - memory: where the samples go; see `Sensor.rooms`. They stay there until the caller uses it again.
  /// - Returns: the grids in the order of the sensor.
  /// - Throws: `InputError` (data) naming the source when it is absent, damaged or of another form.
  func read(
    _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> [RawGrid]
  /// What is known of a patch without its samples.
  /// - Throws: `InputError` (data) as `read`.
  func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts
  /// Whether a look at less than the samples shows that all are there, and that they are integers, which are never
  /// missing; false where it does not tell.
  /// - Throws: `InputError` (data) when the source cannot be read.
  func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool
}

/// The samples of one grid as they are stored.
public struct RawGrid {
  package let size: PatchSize
  /// `[H, W, bands]`, in the type of the grid, or floats where the source declares more of them; missing ones NaN.
  package let values: SampleValues
  /// Where they come from, for messages.
  package let source: String
  package let marks: MissingMarks

  package init(size: PatchSize, values: SampleValues, source: String, marks: MissingMarks) {
    (self.size, self.values) = (size, values)
    (self.source, self.marks) = (source, marks)
  }
}
