/// Names that have the form of the files of a data set and are none: `SeaLake/Bombay_000000.tif`, where a number is
/// expected. They are left out.
package struct Strangers: Equatable, Sendable {
  package private(set) var count = 0
  /// The first three by their bytes. Folders end with "/".
  package private(set) var names: [String] = []

  package init() {}

  init(count: Int, names: [String]) { (self.count, self.names) = (count, names) }

  mutating func add(_ other: Strangers) {
    count += other.count
    names = Array((names + other.names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.prefix(3))
  }
}
