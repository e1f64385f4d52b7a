import Basics
import DataSets

/// The fraction of a patch that each of the 17 IGBP land cover classes covers.
public struct IGBPFractions: Sendable, Equatable {
  /// Number of IGBP classes.
  public static let classCount = 17
  /// The classes by number, from IGBP class 1.
  package static let classNames = Manifest.sen12ms.classes

  private let storage: ArraySlice<Double>

  /// - Parameter values: 17 fractions, IGBP class 1 first.
  package init(_ values: some Collection<Double>) {
    precondition(values.count == Self.classCount, "there are 17 IGBP classes, not \(values.count)")
    storage = values as? ArraySlice<Double> ?? ArraySlice(values)
  }

  /// The fraction of IGBP class `index` + 1.
  package subscript(index: Int) -> Double { storage[storage.startIndex + index] }

  /// All 17 fractions, IGBP class 1 first.
  package var slice: ArraySlice<Double> { storage }

  /// All 17 fractions, IGBP class 1 first.
  package var values: [Double] { Array(storage) }

  /// Counts the classes of a land cover map.
  /// - Parameters:
  ///   - landCover: band 1 of an LC file, IGBP class numbers 1...17 in any order of pixels.
  ///   - file: the name of the file, for the error.
  /// - Throws: `InputError` (data) when the map is empty or a pixel is no class number.
  package init(landCover: some Collection<UInt8>, file: String) throws {
    var histogram = [Int](repeating: 0, count: 256)
    for number in landCover { histogram[Int(number)] += 1 }
    let classes = 1...Self.classCount
    if let stranger = histogram.indices.first(where: { histogram[$0] > 0 && !classes.contains($0) }) {
      throw InputError(
        .data, file,
        "band 1 has \(histogram[stranger]) pixels of class \(stranger); IGBP classes are 1 to 17",
        remedy: "use the label file, or leave the patch out of the list")
    }
    guard !landCover.isEmpty else { throw InputError(.data, file, "the land cover map is empty") }
    storage = ArraySlice(classes.map { Double(histogram[$0]) / Double(landCover.count) })
  }
}
