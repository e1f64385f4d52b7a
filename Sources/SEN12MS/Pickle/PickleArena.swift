/// A value in a `PickleArena`.
struct PickleValue: Equatable {
  let index: UInt32
}

/// All values of one pickle, flat: a node per value, children in one shared array.
///
/// A reference costs four bytes and nothing is ever expanded, so shared, self-containing and deeply nested
/// values need no more memory than the file that describes them.
struct PickleArena {
  enum Kind: UInt8 {
    case none, bool, int, float
    /// Text; raw bytes; the string of Python 2, which can be either.
    case text, bytes, byteString
    case tuple, list, dict
    case global, dtype, array

    /// With article, for messages.
    var name: String {
      switch self {
      case .none: "None"
      case .bool: "a bool"
      case .int, .float: "a number"
      case .text, .byteString: "a string"
      case .bytes: "bytes"
      case .tuple: "a tuple"
      case .list: "a list"
      case .dict: "a dict"
      case .global, .dtype: "a class"
      case .array: "an array"
      }
    }
  }

  private struct Node {
    var kind: Kind
    /// Bytes of a text, children of a container.
    var count: UInt32 = 0
    /// The number itself, the position of the bytes or of the children, or an index of a side table.
    var payload: UInt64 = 0
  }

  /// A run of the children of a list or a dict, which grow in batches.
  private struct Segment {
    let start: UInt32
    var count: UInt32
    var next: UInt32
  }

  /// What a NumPy array holds once its state is known.
  struct ArrayContent {
    let dtype: NumPyType
    let rank: Int
    let count: Int
    /// Raw bytes, or the list of values of an object array.
    let data: PickleValue
  }

  static let none = PickleValue(index: 0)
  private static let noSegment = UInt32.max
  private static let smallInts = 256

  /// The file, and behind it text that had to be decoded.
  private(set) var source: [UInt8]
  /// Where the file ends in `source`.
  let fileCount: Int
  private var nodes: [Node] = []
  private var children: [UInt32] = []
  private var segments: [Segment] = []
  private var arrays: [ArrayContent?] = []

  init(file: [UInt8]) {
    source = file
    fileCount = file.count
    nodes = [Node(kind: .none), Node(kind: .bool), Node(kind: .bool, payload: 1)]
    for value in 0..<Self.smallInts { nodes.append(Node(kind: .int, payload: UInt64(value))) }
  }

  // MARK: Making values

  private mutating func add(_ node: Node) -> PickleValue {
    nodes.append(node)
    return PickleValue(index: UInt32(nodes.count - 1))
  }

  func bool(_ value: Bool) -> PickleValue { PickleValue(index: value ? 2 : 1) }

  mutating func int(_ value: Int) -> PickleValue {
    if 0..<Self.smallInts ~= value { return PickleValue(index: UInt32(3 + value)) }
    return add(Node(kind: .int, payload: UInt64(bitPattern: Int64(value))))
  }

  mutating func float(_ value: Double) -> PickleValue {
    add(Node(kind: .float, payload: value.bitPattern))
  }

  /// A text or bytes at a place of `source`.
  mutating func bytes(_ kind: Kind, at range: Range<Int>) -> PickleValue {
    add(Node(kind: kind, count: UInt32(range.count), payload: UInt64(range.lowerBound)))
  }

  /// A text or bytes that do not stand in the file as they are.
  /// - Returns: nil when decoding has made far more of the file than the file holds.
  mutating func decoded(_ kind: Kind, _ bytes: [UInt8]) -> PickleValue? {
    guard source.count - fileCount + bytes.count <= 4 * fileCount else { return nil }
    source += bytes
    return self.bytes(kind, at: source.count - bytes.count..<source.count)
  }

  mutating func tuple(_ items: ArraySlice<UInt32>) -> PickleValue {
    children += items
    return add(
      Node(kind: .tuple, count: UInt32(items.count), payload: UInt64(children.count - items.count)))
  }

  /// An empty list or dict.
  mutating func container(_ kind: Kind) -> PickleValue {
    add(Node(kind: kind, payload: UInt64(Self.noSegment) << 32 | UInt64(Self.noSegment)))
  }

  mutating func global(_ global: PickleGlobal) -> PickleValue {
    add(Node(kind: .global, payload: UInt64(global.rawValue)))
  }

  mutating func dtype(_ type: NumPyType) -> PickleValue { add(Node(kind: .dtype, payload: type.packed)) }

  /// An array whose content follows later, or never.
  mutating func array(_ content: ArrayContent?) -> PickleValue {
    arrays.append(content)
    return add(Node(kind: .array, payload: UInt64(arrays.count - 1)))
  }

  // MARK: Changing values

  /// Appends items to a list, or keys and values in turn to a dict.
  mutating func append(_ items: ArraySlice<UInt32>, to container: PickleValue) {
    guard !items.isEmpty else { return }
    let node = nodes[Int(container.index)]
    let head = UInt32(truncatingIfNeeded: node.payload)
    let tail = UInt32(truncatingIfNeeded: node.payload >> 32)
    let start = UInt32(children.count)
    children += items
    nodes[Int(container.index)].count += UInt32(items.count)

    if tail != Self.noSegment, segments[Int(tail)].start + segments[Int(tail)].count == start {
      segments[Int(tail)].count += UInt32(items.count)
      return
    }
    let new = UInt32(segments.count)
    segments.append(Segment(start: start, count: UInt32(items.count), next: Self.noSegment))
    if tail != Self.noSegment { segments[Int(tail)].next = new }
    nodes[Int(container.index)].payload =
      UInt64(new) << 32 | UInt64(head == Self.noSegment ? new : head)
  }

  mutating func setDtype(_ value: PickleValue, _ type: NumPyType) {
    nodes[Int(value.index)].payload = type.packed
  }

  mutating func setArray(_ value: PickleValue, _ content: ArrayContent) {
    arrays[Int(nodes[Int(value.index)].payload)] = content
  }

  // MARK: Looking at values

  func kind(_ value: PickleValue) -> Kind { nodes[Int(value.index)].kind }

  /// Number of items of a tuple or list; twice the number of entries of a dict.
  func count(_ value: PickleValue) -> Int { Int(nodes[Int(value.index)].count) }

  func int(_ value: PickleValue) -> Int? {
    let node = nodes[Int(value.index)]
    return node.kind == .int ? Int(Int64(bitPattern: node.payload)) : nil
  }

  /// An int or a float as a float.
  func double(_ value: PickleValue) -> Double? {
    let node = nodes[Int(value.index)]
    switch node.kind {
    case .int: return Double(Int64(bitPattern: node.payload))
    case .float: return Double(bitPattern: node.payload)
    default: return nil
    }
  }

  func global(_ value: PickleValue) -> PickleGlobal? {
    let node = nodes[Int(value.index)]
    return node.kind == .global ? PickleGlobal(rawValue: UInt8(node.payload)) : nil
  }

  func dtype(_ value: PickleValue) -> NumPyType? {
    let node = nodes[Int(value.index)]
    return node.kind == .dtype ? NumPyType(packed: node.payload) : nil
  }

  /// The content of an array that has one.
  func array(_ value: PickleValue) -> ArrayContent? {
    let node = nodes[Int(value.index)]
    return node.kind == .array ? arrays[Int(node.payload)] : nil
  }

  /// Where in `source` a text lies.
  func text(_ value: PickleValue) -> Range<Int>? {
    let node = nodes[Int(value.index)]
    guard node.kind == .text || node.kind == .byteString else { return nil }
    return Int(node.payload)..<Int(node.payload) + Int(node.count)
  }

  /// Where in `source` raw bytes lie.
  func data(_ value: PickleValue) -> Range<Int>? {
    let node = nodes[Int(value.index)]
    guard node.kind == .bytes || node.kind == .byteString else { return nil }
    return Int(node.payload)..<Int(node.payload) + Int(node.count)
  }

  /// The children of a tuple, a list, or a dict (key, value, key, value …), one level deep.
  func items(_ value: PickleValue) -> [PickleValue] {
    let node = nodes[Int(value.index)]
    if node.kind == .tuple {
      let start = Int(node.payload)
      return children[start..<start + Int(node.count)].map(PickleValue.init)
    }
    var items: [PickleValue] = []
    items.reserveCapacity(Int(node.count))
    var segment = UInt32(truncatingIfNeeded: node.payload)
    while segment != Self.noSegment {
      let run = segments[Int(segment)]
      items += children[Int(run.start)..<Int(run.start + run.count)].lazy.map(PickleValue.init)
      segment = run.next
    }
    return items
  }

  /// Item `position` of a tuple.
  func item(_ position: Int, of tuple: PickleValue) -> PickleValue {
    PickleValue(index: children[Int(nodes[Int(tuple.index)].payload) + position])
  }
}
