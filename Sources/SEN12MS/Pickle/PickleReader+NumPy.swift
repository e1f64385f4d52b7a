/// What the allowed names stand for: the few calls that a pickle of NumPy values makes, done by hand.
extension PickleReader {
  mutating func pushGlobal(module: Range<Int>, name: Range<Int>) throws {
    guard let global = PickleGlobal(module: text(module), name: text(name)) else {
      throw refusal(fullName(module: module, name: name))
    }
    push(arena.global(global))
  }

  /// The name of an import for a message.
  func fullName(module: Range<Int>, name: Range<Int>) -> String {
    excerpt(arena.source[module] + [UInt8(ascii: ".")] + arena.source[name])
  }

  /// A call of `callee` with a tuple of arguments.
  mutating func reduce(_ callee: PickleValue, _ arguments: PickleValue) throws {
    guard let global = arena.global(callee) else {
      throw refusal("a call of \(arena.kind(callee).name)")
    }
    guard arena.kind(arguments) == .tuple else { throw fault("a call without arguments") }
    let count = arena.count(arguments)
    func argument(_ position: Int) -> PickleValue { arena.item(position, of: arguments) }

    switch global {
    case .orderedDict where count == 0:
      push(arena.container(.dict))
    case .encode where count == 2:
      try pushLatin1(argument(0), codec: argument(1))
    case .dtype where 1...3 ~= count:
      guard let code = arena.text(argument(0)) else { throw fault("an array type without a name") }
      guard let type = NumPyType(arena.source[code]) else {
        throw refusal("the array type \(excerpt(arena.source[code]))")
      }
      push(arena.dtype(type))
    case .reconstruct where count == 3 && arena.global(argument(0)) == .ndarray:
      push(arena.array(nil))
    case .scalar where count == 2:
      try pushScalar(dtype: argument(0), argument(1))
    case .frombuffer where count == 4:
      push(arena.array(try content(dtype: argument(1), shape: argument(2), data: argument(0))))
    default:
      throw fault("a call of \(global) with wrong arguments")
    }
  }

  /// Gives a value its state: the byte order of an array type, the content of an array.
  mutating func build(_ value: PickleValue, _ state: PickleValue) throws {
    guard arena.kind(state) == .tuple else { throw refusal("a state of \(arena.kind(value).name)") }
    let count = arena.count(state)

    if var type = arena.dtype(value) {
      guard count >= 5, let order = arena.text(arena.item(1, of: state)), order.count == 1,
        let isBigEndian = NumPyType.isBigEndian(order: arena.source[order.lowerBound])
      else { throw fault("an array type without a byte order") }
      guard (2...4).allSatisfy({ arena.item($0, of: state) == PickleArena.none }) else {
        throw refusal("a structured array type")
      }
      type.isBigEndian = isBigEndian
      arena.setDtype(value, type)
    } else if arena.kind(value) == .array, arena.array(value) == nil, count == 5 {
      let content = try content(
        dtype: arena.item(2, of: state), shape: arena.item(1, of: state), data: arena.item(4, of: state))
      arena.setArray(value, content)
    } else {
      throw refusal("a state of \(arena.kind(value).name)")
    }
  }

  /// Checks that shape, type and data of an array fit together.
  private func content(dtype: PickleValue, shape: PickleValue, data: PickleValue) throws
    -> PickleArena.ArrayContent
  {
    guard let type = arena.dtype(dtype), arena.kind(shape) == .tuple else {
      throw fault("an array without type and shape")
    }
    let rank = arena.count(shape)
    guard rank <= 32 else { throw fault("an array of \(rank) dimensions") }
    var count = 1
    for position in 0..<rank {
      guard let size = arena.int(arena.item(position, of: shape)), size >= 0 else {
        throw fault("an array with an impossible shape")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      // An element of any kind takes at least a byte of the file, so this bound is never met by honest files.
      guard !overflow, product <= arena.fileCount else {
        throw fault("an array whose shape does not fit its data")
      }
      count = product
    }

    if type.kind == .object {
      guard arena.kind(data) == .list, arena.count(data) == count else {
        throw fault("an array of \(count) objects without as many")
      }
    } else {
      guard let bytes = arena.data(data) else { throw fault("an array without bytes") }
      guard bytes.count == count * type.size else {
        throw fault("an array of \(count) × \(type.size) bytes that holds \(bytes.count)")
      }
    }
    return PickleArena.ArrayContent(dtype: type, rank: rank, count: count, data: data)
  }

  /// A NumPy scalar becomes the plain number or text that it is.
  private mutating func pushScalar(dtype: PickleValue, _ data: PickleValue) throws {
    guard let type = arena.dtype(dtype), let bytes = arena.data(data), bytes.count == type.size else {
      throw fault("a NumPy number whose bytes do not fit its type")
    }
    let value = arena.source.withUnsafeBytes { type.double($0, at: bytes.lowerBound) }
    if let value {
      push(arena.float(value))
    } else if let text = type.text(arena.source[bytes]) {
      try pushDecoded(.text, text)
    } else {
      throw fault("a NumPy value that is neither number nor text")
    }
  }

  /// How protocols 0 to 2 write bytes: as text with one character a byte.
  private mutating func pushLatin1(_ value: PickleValue, codec: PickleValue) throws {
    guard let codec = arena.text(codec), text(codec) == "latin1", let characters = arena.text(value) else {
      throw fault("bytes in an unknown encoding")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(characters.count)
    for scalar in text(characters).unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else { throw fault("bytes in an unknown encoding") }
      bytes.append(byte)
    }
    try pushDecoded(.bytes, bytes)
  }
}
