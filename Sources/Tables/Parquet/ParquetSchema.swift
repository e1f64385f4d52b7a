import Basics

/// The columns of a Parquet file.
struct ParquetSchema {
  /// What a column of the file becomes: a text, or a list of texts, a row.
  struct Column {
    let name: String
    let content: Content
  }

  enum Content {
    case values(Leaf)
    /// Why the column is not read: "a nested type".
    case unsupported(String)
  }

  /// Values that the file stores together.
  struct Leaf {
    /// Its position among the leaves of the schema and the chunks of a group of rows.
    let index: Int
    let type: ParquetType
    let isList: Bool
    /// The definition level of a value that is there.
    let definition: Int
    /// The definition level from which on a list has an element; 0 for a column without lists.
    let elementDefinition: Int
  }

  private(set) var columns: [Column] = []
  /// The names of all leaves, also of those that are not read.
  private(set) var leaves: [String] = []

  init() {}

  /// - Parameter elements: the root and all nodes below it, each before its children.
  init(_ elements: [Element], limits: TableLimits) throws {
    guard let root = elements.first else { throw ParquetFault.damaged("the schema is empty") }
    var place = 1
    for _ in 0..<root.children {
      let start = place
      let first = leaves.count
      try walk(elements, &place, depth: 1)
      let node = elements[start]
      columns.append(
        Column(name: node.name, content: Self.content(Array(elements[start..<place]), leaf: first)))
    }
    guard place == elements.count else { throw ParquetFault.damaged("the schema has nodes without a parent") }
    guard leaves.count <= limits.columns else {
      throw ParquetFault.tooLarge(
        "has \(leaves.count) columns, more than the \(limits.columns) that are read")
    }
    var seen: Set<String> = []
    if let twice = columns.first(where: { !seen.insert($0.name).inserted }) {
      throw ParquetFault.damaged("two columns are named '\(shownName(twice.name))'")
    }
  }

  /// Counts the leaves below a node and steps behind it. Nodes below the third level are only counted.
  private mutating func walk(_ elements: [Element], _ place: inout Int, depth: Int) throws {
    guard place < elements.count else { throw ParquetFault.damaged("the schema is cut off") }
    guard depth <= 16 else { throw ParquetFault.unsupported("a schema more than 16 levels deep") }
    let node = elements[place]
    place += 1
    if node.type != nil {
      guard node.children == 0 else { throw ParquetFault.damaged("a column of values has children") }
      leaves.append(node.name)
    }
    for _ in 0..<node.children { try walk(elements, &place, depth: depth + 1) }
  }

  /// What the nodes of one column mean. A list has three: itself, its repeated group, the element.
  private static func content(_ nodes: [Element], leaf: Int) -> Content {
    let top = nodes[0]
    if nodes.count == 1, let type = top.type, top.repetition != .repeated {
      let definition = top.repetition == .optional ? 1 : 0
      return value(top, type) {
        Leaf(index: leaf, type: $0, isList: false, definition: definition, elementDefinition: 0)
      }
    }
    guard nodes.count == 3, top.isList, top.repetition != .repeated, top.children == 1,
      nodes[1].repetition == .repeated, nodes[1].children == 1,
      let type = nodes[2].type, nodes[2].repetition != .repeated
    else { return .unsupported("a nested type") }
    let elements = (top.repetition == .optional ? 1 : 0) + 1
    return value(nodes[2], type) {
      Leaf(
        index: leaf, type: $0, isList: true,
        definition: elements + (nodes[2].repetition == .optional ? 1 : 0), elementDefinition: elements)
    }
  }

  private static func value(
    _ node: Element, _ type: ParquetType.Physical, _ leaf: (ParquetType) -> Leaf
  ) -> Content {
    switch ParquetType.make(type, node.meaning) {
    case .success(let type): .values(leaf(type))
    case .failure(let refusal): .unsupported(refusal.text)
    }
  }
}

extension ParquetSchema {
  enum Repetition: Int { case required, optional, repeated }

  /// A node of the schema as the footer stores it.
  struct Element {
    private(set) var name = ""
    private(set) var type: ParquetType.Physical?
    private(set) var repetition = Repetition.required
    private(set) var children = 0
    private(set) var isList = false
    private(set) var meaning = ParquetType.Meaning.none

    init(_ reader: inout ThriftReader) throws {
      var converted: Int?
      var logical: ParquetType.Meaning?
      try reader.structure { reader, field in
        switch field.id {
        case 1: type = try Self.code(try reader.integer(field), "type")
        case 3: repetition = try Self.code(try reader.integer(field), "repetition")
        case 4: name = try reader.text(field)
        case 5: children = try reader.size(field)
        case 6: converted = try reader.integer(field)
        case 10:
          guard field.kind == .structure else { throw ParquetFault.damaged("a type is not a structure") }
          logical = try ParquetType.Meaning(&reader)
        default: return false
        }
        return true
      }
      isList = converted == 3 || logical == .list
      meaning = logical ?? converted.map { ParquetType.Meaning(converted: $0) } ?? .none
    }

    private static func code<Code: RawRepresentable<Int>>(_ number: Int, _ what: String) throws -> Code {
      guard let code = Code(rawValue: number) else {
        throw ParquetFault.damaged("the schema has the \(what) \(number)")
      }
      return code
    }
  }
}
