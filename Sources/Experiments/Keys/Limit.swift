import Basics

extension ExperimentKey {
  /// A condition on a value.
  struct Limit<Value>: Sendable {
    /// The type and the condition: "a whole number from 0 to 4".
    let expectation: String
    let allows: @Sendable (Value) -> Bool
  }
}

extension ExperimentKey.Limit where Value: ConfigurationValue {
  /// The type's own expectation with a condition: "a number" and "above 0" give "a number above 0".
  init(_ condition: String, _ allows: @escaping @Sendable (Value) -> Bool) {
    self.init(expectation: "\(Value.expectation) \(condition)", allows: allows)
  }

  /// Any value of the type.
  static var any: Self { .init(expectation: Value.expectation) { _ in true } }
}

extension ExperimentKey.Limit<Int> {
  /// Enough epochs for any run, and few enough that the number of steps does not overflow.
  static var epochs: Self { .range(1...1_000_000_000) }

  static func range(_ range: ClosedRange<Int>) -> Self {
    .init("from \(range.lowerBound) to \(range.upperBound)") { range.contains($0) }
  }
}

extension ExperimentKey.Limit<Double> {
  static var positive: Self { .init("above 0") { $0 > 0 } }
  static var nonNegative: Self { .init("of at least 0") { $0 >= 0 } }
  static var fraction: Self { .init("of at least 0, below 1") { $0 >= 0 && $0 < 1 } }
  static var share: Self { .init("above 0, below 1") { $0 > 0 && $0 < 1 } }
  /// A span of time, in any unit.
  static var span: Self {
    .init("from 0 to \(Int(BoundedNumber.Bounds.span.upperBound))") { BoundedNumber.Bounds.span.contains($0) }
  }
  static var positiveSpan: Self {
    .init("above 0, at most \(Int(BoundedNumber.Bounds.span.upperBound))") {
      $0 > 0 && BoundedNumber.Bounds.span.contains($0)
    }
  }
  static var threshold: Self { .init("above 0, at most 1") { $0 > 0 && $0 <= 1 } }
}

extension ExperimentKey.Limit<String> {
  static var notEmpty: Self { .init("that is not empty") { !$0.isEmpty } }
}

extension ExperimentKey.Limit {
  /// Null, or a value under the condition.
  static func optional<Wrapped>(_ limit: ExperimentKey.Limit<Wrapped>) -> Self where Value == Wrapped? {
    .init(expectation: "\(limit.expectation), or null") { $0.map(limit.allows) ?? true }
  }

  /// At least one entry, and no entry twice.
  static func distinct<Element: ConfigurationValue & Hashable>() -> Self where Value == [Element] {
    .init("and none twice") { !$0.isEmpty && Set($0).count == $0.count }
  }

  /// At least two entries, each under the condition.
  static func several<Element>(_ limit: ExperimentKey.Limit<Element>) -> Self where Value == [Element] {
    .init(expectation: "a list of two or more entries, each \(limit.expectation)") {
      $0.count >= 2 && $0.allSatisfy(limit.allows)
    }
  }

  /// Two entries, each under the condition.
  static func pair<Element>(_ limit: ExperimentKey.Limit<Element>) -> Self where Value == [Element] {
    .init(expectation: "a list of two entries, each \(limit.expectation)") {
      $0.count == 2 && $0.allSatisfy(limit.allows)
    }
  }
}
