import Basics
import Foundation
import Imagery
import Tables

/// Labels that stand in the fields of patches.
struct TableLabels {
  let rows: PatchRows
  let ids: TextColumn
  let classes: ClassNumbers
  let kind: LabelRules.Kind

  /// Labels by name in one field: a list, a text with separators, or one name.
  /// - Throws: `InputError` (data) for a text that names no class, and for several labels where there is one.
  func named(_ field: String, separator: String?) throws -> LabelVectors {
    var vectors = LabelVectors(classes: classes.names.count, patches: rows.count)
    if let lists = rows.lists[field] {
      for row in 0..<rows.count {
        let range = lists.range(row)
        try requireOne(range.count, row)
        for item in range {
          try lists.texts.withBytes(of: item) { try mark($0, row, &vectors) }
        }
      }
      return vectors
    }
    guard let texts = rows[field] else { preconditionFailure("the field of labels is checked before") }
    let separator = separator.map { Array($0.utf8) } ?? []
    for row in 0..<rows.count {
      try texts.withBytes(of: row) { text in
        var (start, count) = (0, 0)
        while start <= text.count {
          let end = Self.place(of: separator, in: text, from: start) ?? text.count
          if text[start..<end].contains(where: { $0 != 0x20 && $0 != 0x09 }) {
            count += 1
            try mark(UnsafeBufferPointer(rebasing: text[start..<end]), row, &vectors)
          }
          start = end + max(1, separator.count)
        }
        try requireOne(count, row)
      }
    }
    return vectors
  }

  /// A number for each class, in a column of its name.
  /// - Throws: `InputError` (data) for a text that is no number, and numbers that the kind of labels does not allow.
  func columns() throws -> LabelVectors {
    var vectors = LabelVectors(classes: classes.names.count, patches: rows.count)
    for (number, name) in classes.names.enumerated() {
      guard let texts = rows[name] else { preconditionFailure("the columns of labels are checked before") }
      for row in 0..<rows.count {
        let text = texts[row].trimmingCharacters(in: .whitespaces)
        guard !text.isEmpty else { continue }
        guard let value = Self.number(text) else {
          throw InputError(
            .data, "patch \(ids[row])",
            "column '\(shownName(name))' is \"\(shownName(text))\", expected a number",
            remedy: "correct the table")
        }
        vectors.set(row, number, value)
      }
    }
    for row in 0..<rows.count {
      try LabelRules.require(vectors[row], kind, classes.names) { "patch \(ids[row])" }
    }
    return vectors
  }

  private func mark(_ text: UnsafeBufferPointer<UInt8>, _ row: Int, _ vectors: inout LabelVectors) throws {
    guard let number = classes.number(of: text) else { throw classes.unknown(text, "patch \(ids[row])") }
    vectors.set(row, number, 1)
  }

  private func requireOne(_ count: Int, _ row: Int) throws {
    guard kind == .single, count > 1 else { return }
    throw InputError(
      .data, "patch \(ids[row])", "has \(count) labels, but labels.kind is single",
      remedy: "set labels.kind to multi, or correct the table")
  }

  private static func number(_ text: String) -> Double? {
    switch text.lowercased() {
    case "true": 1
    case "false": 0
    default: Double(text)
    }
  }

  /// The place of a separator; nil for none.
  private static func place(of separator: [UInt8], in text: UnsafeBufferPointer<UInt8>, from start: Int)
    -> Int?
  {
    guard !separator.isEmpty, text.count - separator.count >= start else { return nil }
    return (start...text.count - separator.count).first { text[$0...].starts(with: separator) }
  }
}

extension LabelRules {
  /// Rounding may lead slightly out of 0…1. NaN lies in no range.
  private static let allowed = -1e-6...1 + 1e-6

  /// - Parameters:
  ///   - vector: a number for each class.
  ///   - owner: the patch, for the error.
  /// - Throws: `InputError` (data) for a number outside 0…1, another one than 0 or 1 where labels are no fractions, and
  ///   several labels where there is one.
  static func require(
    _ vector: ArraySlice<Double>, _ kind: Kind, _ names: [String], _ owner: () -> String
  ) throws {
    for (name, value) in zip(names, vector) {
      let fits = kind == .fractions ? allowed.contains(value) : value == 0 || value == 1
      guard fits else {
        throw InputError(
          .data, owner(),
          "has the number \(value) for class '\(shownName(name))', expected "
            + (kind == .fractions ? "a fraction from 0 to 1" : "0 or 1"),
          remedy: "correct it, or set labels.kind to what the source holds")
      }
    }
    let count = vector.count { $0 != 0 }
    guard kind == .single, count > 1 else { return }
    throw InputError(
      .data, owner(), "has \(count) labels, but labels.kind is single",
      remedy: "set labels.kind to multi, or correct the source")
  }
}
