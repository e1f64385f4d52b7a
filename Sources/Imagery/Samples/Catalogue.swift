/// The patches of a data set as values: their names, files, groups and labels.
///
/// Patches are numbered from 0, and the program passes these numbers on. Names are for messages and files. A data set builds
/// a catalogue from its own names.
public struct Catalogue: Sendable {
  /// A property of every patch, such as its season. Each different text is stored once, and each patch has its number.
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
  /// The group of each patch. Patches of a group come from one place, and a group may not be in two splits.
  private let groups: [Int32]

  /// - Parameters:
  ///   - id: the pattern of the names in lists and label files.
  ///   - group: the pattern of the groups' names.
  ///   - files: by sensor, the pattern of a path below the data folder for each of its grids.
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

  /// Number of different groups of some patches.
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
