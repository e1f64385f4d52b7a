/// The values of one pickle that cannot stay in its file. The children of all of them are in one array.
///
/// A reference takes four bytes and no value is copied into another. So values that are shared, nested deeply
/// or contain themselves need no more memory than their description. `PickleReader.memoryLimit` limits that
/// memory.
package struct PickleArena {
  package enum Kind: UInt8 {
    case none, bool, int, float
    /// Text; raw bytes; the string of Python 2, which can be either.
    case text, bytes, byteString
    case tuple, list, dict
    case global, dtype, array
    /// A call that was not carried out; a reference to something outside the pickle.
    case call, persistent

    /// The name with its article, for messages.
    package var name: String {
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
      case .call: "an object"
      case .persistent: "a reference to data"
      }
    }
  }

  /// A list or a dict: its children lie in segments, because it grows in batches.
  struct Container {
    let isDict: Bool
    var count: UInt32 = 0
    var head = noSegment
    var tail = noSegment
  }

  /// A run of the children of a list or a dict.
  struct Segment {
    let start: UInt32
    var count: UInt32
    var next: UInt32
  }

  /// What a NumPy array holds once its state is known.
  package struct ArrayContent {
    package let dtype: NumPyType
    package let rank: Int
    package let count: Int
    /// Raw bytes, or the list of values of an object array.
    package let data: PickleValue
  }

  /// The index of a name that no use allows, of which nothing is kept.
  static let ignoredName = PickleValue.indexLimit - 1
  static let noSegment = UInt32.max
  /// Bytes before a decoded text: its kind and its length.
  static let textHeader = 5

  let file: [UInt8]
  /// The names that the use of the pickle allows.
  let names: [String]
  /// The items of tuples, each tuple after its length, and the segments of lists and dicts.
  private(set) var children: [UInt32] = []
  private(set) var containers: [Container] = []
  private(set) var segments: [Segment] = []
  /// Integers and floats that had to be computed, as bits.
  private(set) var numbers: [UInt64] = []
  /// Texts that had to be decoded, each after its header.
  private(set) var decoded: [UInt8] = []
  private(set) var dtypes: [NumPyType] = []
  private(set) var arrays: [ArrayContent?] = []

  init(file: [UInt8], names: [String] = []) { (self.file, self.names) = (file, names) }

  /// Memory in use besides the file, bytes.
  var bytes: Int {
    children.count * 4 + containers.count * MemoryLayout<Container>.stride
      + segments.count * MemoryLayout<Segment>.stride + numbers.count * 8 + decoded.count
      + dtypes.count * MemoryLayout<NumPyType>.stride + arrays.count * MemoryLayout<ArrayContent?>.stride
  }

  // MARK: Making values

  func bool(_ value: Bool) -> PickleValue { PickleValue(.constant, value ? 2 : 1) }

  mutating func int(_ value: Int) -> PickleValue {
    numbers.append(UInt64(bitPattern: Int64(value)))
    return PickleValue(.int, numbers.count - 1)
  }

  mutating func float(_ value: Double) -> PickleValue {
    numbers.append(value.bitPattern)
    return PickleValue(.float, numbers.count - 1)
  }

  /// Decodes a text or bytes.
  /// - Parameter write: appends the bytes and nothing else; false when they cannot be decoded.
  /// - Returns: nil in that case.
  mutating func text(_ kind: Kind, _ write: (inout [UInt8]) -> Bool) -> PickleValue? {
    let start = decoded.count
    decoded += [kind.rawValue, 0, 0, 0, 0]
    guard write(&decoded) else { return nil }
    let count = UInt32(decoded.count - start - Self.textHeader)
    for byte in 0..<4 { decoded[start + 1 + byte] = UInt8(truncatingIfNeeded: count >> UInt32(8 * byte)) }
    return PickleValue(.decoded, start)
  }

  /// A text or bytes that have been decoded.
  mutating func text(_ kind: Kind, _ bytes: [UInt8]) -> PickleValue {
    text(kind) { decoded in
      decoded += bytes
      return true
    }!
  }

  mutating func tuple(_ items: ArraySlice<UInt32>) -> PickleValue {
    children.append(UInt32(items.count))
    children += items
    return PickleValue(.tuple, children.count - items.count - 1)
  }

  /// An empty list or dict.
  mutating func container(isDict: Bool) -> PickleValue {
    containers.append(Container(isDict: isDict))
    return PickleValue(.container, containers.count - 1)
  }

  /// A call that is not carried out.
  mutating func call(_ callee: PickleValue, _ arguments: PickleValue) -> PickleValue {
    children += [callee.bits, arguments.bits]
    return PickleValue(.call, children.count - 2)
  }

  /// A reference to something outside the pickle.
  mutating func persistent(_ identity: PickleValue) -> PickleValue {
    children.append(identity.bits)
    return PickleValue(.persistent, children.count - 1)
  }

  func global(_ global: PickleGlobal) -> PickleValue { PickleValue(.global, Int(global.rawValue)) }

  mutating func dtype(_ type: NumPyType) -> PickleValue {
    dtypes.append(type)
    return PickleValue(.dtype, dtypes.count - 1)
  }

  /// An array; nil when its content follows later, or never.
  mutating func array(_ content: ArrayContent?) -> PickleValue {
    arrays.append(content)
    return PickleValue(.array, arrays.count - 1)
  }

  // MARK: Changing values

  /// Appends items to a list, or keys and values in turn to a dict.
  mutating func append(_ items: ArraySlice<UInt32>, to container: PickleValue) {
    precondition(container.place == .container, "only lists and dicts grow")
    guard !items.isEmpty else { return }
    let tail = containers[container.index].tail
    let start = UInt32(children.count)
    children += items
    containers[container.index].count += UInt32(items.count)

    if tail != Self.noSegment, segments[Int(tail)].start + segments[Int(tail)].count == start {
      segments[Int(tail)].count += UInt32(items.count)
      return
    }
    let new = UInt32(segments.count)
    segments.append(Segment(start: start, count: UInt32(items.count), next: Self.noSegment))
    if tail == Self.noSegment {
      containers[container.index].head = new
    } else {
      segments[Int(tail)].next = new
    }
    containers[container.index].tail = new
  }

  mutating func setDtype(_ value: PickleValue, _ type: NumPyType) { dtypes[value.index] = type }

  mutating func setArray(_ value: PickleValue, _ content: ArrayContent) { arrays[value.index] = content }
}
