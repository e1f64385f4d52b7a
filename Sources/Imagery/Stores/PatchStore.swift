import Basics
import Rasters

/// The place of the samples of patches: a tree of files, a pack, memory.
///
/// A store delivers samples as they are stored. Missing samples, cleaning, normalising, augmentation and resampling are
/// handled above it, alike for all stores. So two stores with the same samples give the same numbers.
public protocol PatchStore: Sendable {
  /// A reader for one thread.
  /// - Throws: `InputError` (environment) for lack of memory.
  func reader() throws -> any PatchReading
  /// The source of a patch's samples in messages: the path of a file.
  /// - Parameter patch: its number in the catalogue.
  func source(of patch: Int, _ sensor: Sensor) -> String
  /// Whether a file with samples of the sensor is not there. false for other faults, and for stores without files of patches.
  func isAbsent(_ patch: Int, _ sensor: Sensor) -> Bool
}

extension PatchStore {
  /// A store that is not made of files of patches lacks none.
  public func isAbsent(_ patch: Int, _ sensor: Sensor) -> Bool { false }

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
  ///   - memory: takes the samples, see `Sensor.rooms`. They stay there until the caller uses the memory again.
  /// - Returns: the grids in the order of the sensor.
  /// - Throws: `InputError` (data) naming the source when the source is absent, damaged or of another form.
  func read(
    _ patch: Int, _ sensor: Sensor, size: PatchSize, into memory: UnsafeMutableRawBufferPointer
  ) throws -> [RawGrid]
  /// The facts about a patch that are known without its samples.
  /// - Throws: `InputError` (data) as `read`.
  func facts(of patch: Int, _ sensor: Sensor) throws -> FileFacts
  /// Whether the header alone shows that all samples are there and are integers, which are never missing. false where it
  /// does not show that.
  /// - Throws: `InputError` (data) when the source cannot be read.
  func holdsAllIntegers(_ patch: Int, _ sensor: Sensor, size: PatchSize) throws -> Bool
}

/// The samples of one grid as they are stored.
public struct RawGrid {
  package let size: PatchSize
  /// `[H, W, bands]`: stored numbers in the type of the grid. Or floats with NaN for missing samples, where the source marks
  /// these in another way than by a number: with a mask, or by leaving blocks out.
  package let values: SampleValues
  /// The source, for messages.
  package let source: String
  package let marks: MissingMarks
  /// What the source declares about the numbers of each band; empty for nothing.
  package let declared: [BandDeclaration]
  /// The source of each band where the bands come from several; else empty.
  package let bandSources: [String]

  package init(
    size: PatchSize, values: SampleValues, source: String, marks: MissingMarks,
    declared: [BandDeclaration] = [], bandSources: [String] = []
  ) {
    (self.size, self.values) = (size, values)
    (self.source, self.marks) = (source, marks)
    (self.declared, self.bandSources) = (declared, bandSources)
  }
}
