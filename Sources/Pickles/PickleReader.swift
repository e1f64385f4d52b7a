import Basics
import Foundation

/// A restricted reader of Python pickles, protocols 0 to 5: lists, tuples, dicts, text, bytes, numbers,
/// NumPy arrays and scalars, and calls that a `PickleUse` names. A call stays a value; nothing is ever executed. Every
/// other import is refused by name.
///
/// Whatever the file says, time is proportional to its length, and memory besides the file has a limit.
package struct PickleReader {
  /// The longest file that is read, bytes. The published label file has 45 MB.
  package static let fileLimit = PickleValue.indexLimit
  /// The most patches that a list or a label file may name. The data set has 180,662.
  package static let patchLimit = 1 << 19
  /// The most memory that values may take besides the file, bytes. The published label file takes 20 MB; with
  /// one NumPy scalar for each number, the same labels take 93 MB.
  static let memoryLimit = 96 << 20

  let file: String
  let use: PickleUse
  var arena: PickleArena
  /// Position of the next byte to read.
  var position = 0
  var stack: [UInt32] = []
  /// Stack heights at the open marks.
  private(set) var marks: [UInt32] = []
  private(set) var memo: [UInt32] = []
  /// Entries of the memo that are set.
  private var memoCount = 0
  private static let absent = UInt32.max

  /// Reads a whole file.
  /// - Returns: all values, and the outermost one.
  /// - Throws: `InputError` (data) for a file that cannot be read, is damaged, or asks for anything that
  ///   a list or label file does not need.
  package static func read(_ url: URL) throws -> (arena: PickleArena, root: PickleValue) {
    try read(fileBytes(of: url, limit: fileLimit), file: url.path)
  }

  static func read(_ bytes: [UInt8], file: String) throws -> (arena: PickleArena, root: PickleValue) {
    let (arena, root, _) = try read(bytes, from: 0, file: file, use: .lists)
    return (arena, root)
  }

  /// Reads one pickle among other bytes.
  /// - Parameter start: where it begins.
  /// - Returns: all values, the outermost one, and the place of the byte behind the pickle.
  /// - Throws: `InputError` of the kind of the use.
  package static func read(
    _ bytes: [UInt8], from start: Int, file: String, use: PickleUse
  ) throws -> (arena: PickleArena, root: PickleValue, end: Int) {
    var reader = PickleReader(file: file, use: use, arena: PickleArena(file: bytes, names: use.names))
    reader.position = start
    let root = try reader.run()
    return (reader.arena, root, reader.position)
  }

  private init(file: String, use: PickleUse, arena: PickleArena) {
    (self.file, self.use, self.arena) = (file, use, arena)
  }

  // MARK: The machine

  private mutating func run() throws -> PickleValue {
    guard position < arena.file.count else { throw fault("the file is empty") }
    while true {
      let start = position
      let byte = try Int(number(UInt8.self))
      guard let opcode = PickleOpcode(rawValue: UInt8(byte)) else {
        throw fault("0x\(String(byte, radix: 16)) is no pickle instruction")
      }
      if opcode == .stop {
        let result = try pop()
        guard stack.isEmpty else { throw fault("values are left over at the end") }
        return result
      }
      try execute(opcode, at: start)
      try requireRoom(0)
    }
  }

  /// - Parameter start: where the instruction stands.
  private mutating func execute(_ opcode: PickleOpcode, at start: Int) throws {
    switch opcode {
    case .proto:
      let version = try number(UInt8.self)
      guard version <= 5 else { throw fault("protocol \(version) is unknown (0 to 5 are read)") }
    case .frame:
      let length = try number(UInt64.self)
      guard length <= UInt64(arena.file.count - position) else {
        throw fault("a frame is longer than the file")
      }

    case .mark: marks.append(UInt32(stack.count))
    case .pop:
      if stack.count > floor { stack.removeLast() } else { try cut(to: popMark()) }
    case .popMark: try cut(to: popMark())
    case .dup: push(try top())

    case .none: push(.none)
    case .newTrue: push(arena.bool(true))
    case .newFalse: push(arena.bool(false))
    case .binInt1: try pushFromFile(start, count: 1)
    case .binInt2: try pushFromFile(start, count: 2)
    case .binInt: try pushFromFile(start, count: 4)
    case .binFloat: try pushFromFile(start, count: 8)
    case .long1: try pushLong(start, byteCount: Int(number(UInt8.self)))
    case .long4: try pushLong(start, byteCount: Int(number(Int32.self)))
    case .int, .long, .float, .string, .unicode: try pushTextual(opcode, at: start)

    case .shortBinUnicode, .shortBinBytes, .shortBinString:
      try pushFromFile(start, count: number(UInt8.self))
    case .binUnicode, .binBytes, .binString: try pushFromFile(start, count: number(UInt32.self))
    case .binUnicode8, .binBytes8, .byteArray8: try pushFromFile(start, count: number(UInt64.self))

    case .emptyTuple: push(arena.tuple([]))
    case .tuple1: try pushTuple(from: stack.count - 1)
    case .tuple2: try pushTuple(from: stack.count - 2)
    case .tuple3: try pushTuple(from: stack.count - 3)
    case .tuple: try pushTuple(from: popMark())
    case .emptyList: push(arena.container(isDict: false))
    case .emptyDict: push(arena.container(isDict: true))
    case .list, .dict:
      let first = try popMark()
      stack.insert(arena.container(isDict: opcode == .dict).bits, at: first)
      try append(from: first + 1)
    case .append: try append(from: stack.count - 1)
    case .setItem: try append(from: stack.count - 2)
    case .appends, .setItems: try append(from: popMark())

    case .put: try remember(at: UInt64(decimalLine()))
    case .binPut: try remember(at: UInt64(number(UInt8.self)))
    case .longBinPut: try remember(at: UInt64(number(UInt32.self)))
    case .memoize: try remember(at: UInt64(memoCount))
    case .get: try recall(UInt64(decimalLine()))
    case .binGet: try recall(UInt64(number(UInt8.self)))
    case .longBinGet: try recall(UInt64(number(UInt32.self)))

    case .global:
      let module = try line()
      try pushGlobal(module: module, name: line())
    case .stackGlobal:
      let name = try pop()
      let module = try pop()
      guard let name = arena.text(name), let module = arena.text(module) else {
        throw fault("an import without a name")
      }
      try pushGlobal(module: module, name: name)
    case .reduce:
      let arguments = try pop()
      try reduce(pop(), arguments)
    case .build:
      let state = try pop()
      try build(top(), state)

    case .inst:
      let module = try line()
      throw refusal(fullName(module: module, name: try line()))
    case .newObj where use.keepsCalls:
      let arguments = try pop()
      try keepCall(of: pop(), arguments)
    case .newObjEx where use.keepsCalls:
      _ = try pop()
      let arguments = try pop()
      try keepCall(of: pop(), arguments)
    case .binPersID where use.keepsCalls: push(arena.persistent(try pop()))
    case .obj, .newObj, .newObjEx, .ext1, .ext2, .ext4, .persID, .binPersID, .nextBuffer, .readOnlyBuffer,
      .emptySet, .addItems, .frozenSet:
      throw refusal("the instruction \(opcode)")
    case .stop: preconditionFailure("the end of a pickle is handled by its loop")
    }
  }

  // MARK: Stack, marks and memo

  /// The stack height at the last open mark. Instructions must not take values from below it.
  private var floor: Int { marks.last.map(Int.init) ?? 0 }

  mutating func push(_ value: PickleValue) { stack.append(value.bits) }

  /// Pushes a value that stays in the file. Its instruction ends after `count` further bytes.
  mutating func pushFromFile(_ start: Int, count: some FixedWidthInteger) throws {
    guard count <= arena.file.count - position else {
      throw fault("\(count) bytes are announced, \(arena.file.count - position) follow")
    }
    position += Int(count)
    push(PickleValue(.file, start))
  }

  /// A two's-complement integer.
  private mutating func pushLong(_ start: Int, byteCount: Int) throws {
    guard byteCount >= 0 else { throw fault("an integer of \(byteCount) bytes") }
    guard byteCount <= 8 else { throw fault("an integer of \(byteCount) bytes; at most 8 are read") }
    try pushFromFile(start, count: byteCount)
  }

  private func top() throws -> PickleValue {
    guard stack.count > floor else { throw fault("a value is missing") }
    return PickleValue(bits: stack[stack.count - 1])
  }

  private mutating func pop() throws -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func cut(to height: Int) { stack.removeLast(stack.count - height) }

  private mutating func popMark() throws -> Int {
    guard let mark = marks.popLast() else { throw fault("a mark is missing") }
    return Int(mark)
  }

  private mutating func pushTuple(from start: Int) throws {
    guard start >= floor else { throw fault("a value is missing") }
    let tuple = arena.tuple(stack[start...])
    cut(to: start)
    push(tuple)
  }

  /// Moves everything from `start` on into the list or dict below it.
  private mutating func append(from start: Int) throws {
    guard start - 1 >= floor else { throw fault("a value is missing") }
    let container = PickleValue(bits: stack[start - 1])
    switch arena.kind(container) {
    case .list: break
    // Items of an object that is not built are left out.
    case .call: return cut(to: start)
    case .dict:
      guard (stack.count - start).isMultiple(of: 2) else { throw fault("a key of a dict has no value") }
    default: throw fault("items are added to \(arena.kind(container).name)")
    }
    arena.append(stack[start...], to: container)
    cut(to: start)
  }

  private mutating func remember(at index: UInt64) throws {
    // Python numbers memo entries from 0, so in a sound file no number is above the file's length.
    guard index <= UInt64(arena.file.count) else { throw fault("memo entry \(index) is out of range") }
    let value = try top()
    if index >= memo.count {
      let missing = Int(index) + 1 - memo.count
      try requireRoom(4 * missing)
      memo += repeatElement(Self.absent, count: missing)
    }
    if memo[Int(index)] == Self.absent { memoCount += 1 }
    memo[Int(index)] = value.bits
  }

  private mutating func recall(_ index: UInt64) throws {
    guard index < memo.count, memo[Int(index)] != Self.absent else {
      throw fault("memo entry \(index) does not exist")
    }
    stack.append(memo[Int(index)])
  }

  // MARK: Bytes

  /// A little-endian number.
  @inline(__always)
  private mutating func number<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
    let size = MemoryLayout<T>.size
    guard arena.file.count - position >= size else { throw fault("the file ends too early") }
    let start = position
    position += size
    return T(littleEndian: arena.file.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: type) })
  }

  /// The bytes up to the next line feed, which is skipped.
  mutating func line() throws -> ArraySlice<UInt8> {
    let rest = arena.file[position...]
    guard let end = rest.firstIndex(of: 0x0A) else { throw fault("the file ends too early") }
    position = end + 1
    return rest[..<end]
  }

  private mutating func decimalLine() throws -> UInt32 {
    let line = try line()
    guard let number = UInt32(word(line)) else { throw fault("\(excerpt(line)) is no memo entry") }
    return number
  }

  /// A short text, such as the name of an import or a number. A longer text is cut, and then is neither.
  func word(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes.prefix(100), as: UTF8.self) }
}
