/// The patches of a data set: their names, their files, their groups and their labels.
///
/// Patches are numbered from 0. The program refers to a patch by its number; names are for messages and
/// files. A data set builds its catalogue from its own names.
public struct Catalogue: Sendable {
  /// A property that every patch has, such as its season: each different text once, and the text of each
  /// patch.
  package struct Field: Sendable {
    package let name: String
    package private(set) var values: [String] = []
    package private(set) var rows: [Int32] = []
    private var numbers: [String: Int32] = [:]

    package init(_ name: String, capacity: Int = 0) {
      self.name = name
      rows.reserveCapacity(capacity)
    }

    /// Adds the value of the next patch.
    package mutating func append(_ value: String) {
      if let number = numbers[value] {
        rows.append(number)
      } else {
        numbers[value] = Int32(values.count)
        rows.append(Int32(values.count))
        values.append(value)
      }
    }

    package subscript(patch: Int) -> String { values[Int(rows[patch])] }
  }

  package let fields: [Field]
  /// Number of patches.
  package let count: Int
  /// Fractions of the data set's classes; nil until they are known.
  package var labels: Labels?

  private let idPattern: NamePattern
  private let groupPattern: NamePattern
  private let files: [String: [NamePattern]]
  /// The group of each patch. Patches of a group show the same place, so all must be in the same split.
  private let groups: [Int32]

  /// - Parameters:
  ///   - id: pattern of the name of a patch in lists and label files.
  ///   - group: pattern of the name of a group: patches of one place have the same.
  ///   - files: for each sensor, patterns of the paths below the data folder, one for each of its grids.
  package init(
    fields: [Field], id: String, group: String, files: [String: [String]], labels: Labels? = nil
  ) {
    let count = fields.first?.rows.count ?? 0
    precondition(fields.allSatisfy { $0.rows.count == count }, "every patch has every field")
    let names = fields.map(\.name)
    (self.fields, self.count) = (fields, count)
    idPattern = NamePattern(id, fields: names)
    let group = NamePattern(group, fields: names)
    groupPattern = group
    self.files = files.mapValues { $0.map { NamePattern($0, fields: names) } }
    self.labels = labels
    var numbers: [[Int32]: Int32] = [:]
    groups = (0..<count).map { patch in
      let key = group.fields.map { fields[$0].rows[patch] }
      if let number = numbers[key] { return number }
      let number = Int32(numbers.count)
      numbers[key] = number
      return number
    }
  }

  /// The name of a patch in lists and label files.
  public func id(_ patch: Int) -> String { idPattern.name { fields[$0][patch] } }

  /// The name of the patch's group.
  package func group(_ patch: Int) -> String { groupPattern.name { fields[$0][patch] } }

  /// The number of the patch's group.
  package func groupNumber(_ patch: Int) -> Int { Int(groups[patch]) }

  /// The number of groups that some patches belong to.
  package func groupCount(of patches: [Int]) -> Int { Set(patches.map { groups[$0] }).count }

  /// The path of a grid's file below the data folder.
  package func file(of patch: Int, _ sensor: Sensor, grid: Int = 0) -> String {
    guard let patterns = files[sensor.name], patterns.indices.contains(grid) else {
      preconditionFailure("the catalogue names no file of \(sensor.title)")
    }
    return patterns[grid].name { fields[$0][patch] }
  }

  /// The value of a field of a patch.
  package func value(_ field: String, of patch: Int) -> String {
    guard let column = fields.first(where: { $0.name == field }) else {
      preconditionFailure("no patch has a field '\(field)'")
    }
    return column[patch]
  }
}
