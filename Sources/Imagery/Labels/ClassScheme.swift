/// The classes that a network tells apart. Each merges some classes of the data set.
public struct ClassScheme: Hashable, Sendable {
  package struct Class: Hashable, Sendable {
    package let name: String
    /// Indices of the combined classes of the data set, from 0.
    package let members: [Int]

    package init(_ name: String, _ members: [Int]) { (self.name, self.members) = (name, members) }
  }

  /// The name in configurations: "simplified".
  package let name: String
  package let classes: [Class]

  package init(name: String, classes: [Class]) { (self.name, self.classes) = (name, classes) }

  /// K, the number of classes.
  public var classCount: Int { classes.count }

  /// The names of the classes, in order.
  package var classNames: [String] { classes.map(\.name) }

  /// The fraction of each class, `[K]`: sums of the data set's fractions, added in order.
  /// - Parameter own: the fractions of the data set's classes.
  package func fractions(_ own: ArraySlice<Double>) -> [Double] {
    classes.map { $0.members.reduce(0) { $0 + own[own.startIndex + $1] } }
  }

  /// The class of the largest fraction; the first of equals.
  package func dominantClass(_ own: ArraySlice<Double>) -> Int {
    let fractions = fractions(own)
    return fractions.indices.reduce(0) { fractions[$1] > fractions[$0] ? $1 : $0 }
  }

  /// Whether a patch shows any class. A multi-label class must reach the threshold; for a single label any fraction counts.
  package func hasClass(_ own: ArraySlice<Double>, _ type: LabelType) -> Bool {
    switch type {
    case .multiLabel(let threshold): fractions(own).contains { $0 >= threshold }
    case .singleLabel: fractions(own).contains { $0 > 0 }
    }
  }

  /// The target of a patch, `[K]`, every element 0 or 1.
  public func target(_ own: ArraySlice<Double>, _ type: LabelType) -> [Float] {
    switch type {
    case .multiLabel(let threshold):
      return fractions(own).map { $0 >= threshold ? 1 : 0 }
    case .singleLabel:
      var target = [Float](repeating: 0, count: classCount)
      target[dominantClass(own)] = 1
      return target
    }
  }
}
