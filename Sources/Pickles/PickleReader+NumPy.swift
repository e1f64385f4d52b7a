import Basics

/// The few calls that a pickle of NumPy values makes. The reader carries them out itself; no Python code is
/// run.
extension PickleReader {
  mutating func pushGlobal(module: ArraySlice<UInt8>, name: ArraySlice<UInt8>) throws {
    if let global = PickleGlobal(module: word(module), name: word(name)),
      use.keepsCalls || global != .defaultDict
    {
      return push(arena.global(global))
    }
    if let index = use.index(of: "\(word(module)).\(word(name))") {
      return push(PickleValue(.name, index))
    }
    guard use.ignoresObjects else { throw refusal(fullName(module: module, name: name)) }
    push(PickleValue(.name, PickleArena.ignoredName))
  }

  /// Keeps a call, or the making of an object, as a value; it is not carried out.
  mutating func keepCall(of callee: PickleValue, _ arguments: PickleValue) throws {
    guard [.name, .call].contains(callee.place), arena.kind(arguments) == .tuple else {
      throw refusal("an object of \(arena.kind(callee).name)")
    }
    push(arena.call(callee, arguments))
  }

  /// The name of an import for a message.
  func fullName(module: ArraySlice<UInt8>, name: ArraySlice<UInt8>) -> String {
    excerpt(module.prefix(100) + [UInt8(ascii: ".")] + name.prefix(100))
  }

  /// Carries out a call of `callee` with a tuple of arguments.
  mutating func reduce(_ callee: PickleValue, _ arguments: PickleValue) throws {
    if use.keepsCalls, [.name, .call].contains(callee.place) { return try keepCall(of: callee, arguments) }
    guard let global = arena.global(callee) else {
      throw refusal("a call of \(arena.kind(callee).name)")
    }
    guard arena.kind(arguments) == .tuple else { throw fault("a call without arguments") }
    let count = arena.count(arguments)
    func argument(_ position: Int) -> PickleValue { arena.item(position, of: arguments) }

    switch global {
    case .orderedDict where count == 0:
      push(arena.container(isDict: true))
    case .orderedDict where count == 1 && use.keepsCalls:
      try pushDict(ofPairs: argument(0))
    case .defaultDict where count <= 1 && use.keepsCalls:
      push(arena.container(isDict: true))
    case .encode where count == 2:
      try pushLatin1(argument(0), codec: argument(1))
    case .dtype where 1...3 ~= count && (1..<count).allSatisfy { isFlag(argument($0)) }:
      guard let code = arena.text(argument(0)) else { throw fault("an array type without a name") }
      guard let type = NumPyType(code) else {
        throw refusal("the array type \(excerpt(code))")
      }
      push(arena.dtype(type))
    case .reconstruct where count == 3 && arena.global(argument(0)) == .ndarray:
      // The shape and the type of one letter are placeholders, which the state of the array replaces.
      guard arena.kind(argument(1)) == .tuple, arena.text(argument(2)) ?? arena.data(argument(2)) != nil
      else {
        throw fault("an array without type and shape")
      }
      push(arena.array(nil))
    case .scalar where count == 2:
      try pushScalar(dtype: argument(0), argument(1))
    case .frombuffer where count == 4 && arena.text(argument(3)).map(word) == "C":
      push(arena.array(try content(dtype: argument(1), shape: argument(2), data: argument(0))))
    default:
      throw fault("a call of \(global) with wrong arguments")
    }
  }

  /// Pushes an ordered dict made of a list of pairs, as Python 2 writes it.
  private mutating func pushDict(ofPairs list: PickleValue) throws {
    let dict = arena.container(isDict: true)
    for pair in arena.items(list) {
      let items = arena.items(pair)
      guard items.count == 2 else { throw fault("an entry of a dict that is no pair") }
      arena.append(items.map(\.bits)[...], to: dict)
    }
    push(dict)
  }

  /// Gives a value its state: the byte order of an array type, the content of an array. States of dicts and of objects
  /// that are not built are left out.
  mutating func build(_ value: PickleValue, _ state: PickleValue) throws {
    if use.keepsCalls, [.dict, .call].contains(arena.kind(value)) { return }
    guard arena.kind(state) == .tuple else { throw refusal("a state of \(arena.kind(value).name)") }
    let count = arena.count(state)

    if var type = arena.dtype(value) {
      guard 8...9 ~= count, let order = arena.text(arena.item(1, of: state)), order.count == 1,
        let isBigEndian = NumPyType.isBigEndian(order: order[order.startIndex])
      else { throw fault("an array type without a byte order") }
      guard (2...4).allSatisfy({ arena.item($0, of: state) == .none }) else {
        throw refusal("a structured array type")
      }
      guard [3, 4].contains(arena.int(arena.item(0, of: state))) else {
        throw fault("an array type of another version")
      }
      // For texts NumPy uses the size in the state, so it must be that of the type code.
      guard type.hasOwnSize || arena.int(arena.item(5, of: state)) == type.size else {
        throw fault("an array type of another size")
      }
      type.isBigEndian = isBigEndian
      arena.setDtype(value, type)
    } else if arena.kind(value) == .array, arena.array(value) == nil, count == 5 {
      guard [0, 1].contains(arena.int(arena.item(0, of: state))), isFlag(arena.item(3, of: state))
      else {
        throw fault("an array of another version")
      }
      let content = try content(
        dtype: arena.item(2, of: state), shape: arena.item(1, of: state), data: arena.item(4, of: state))
      arena.setArray(value, content)
    } else {
      throw refusal("a state of \(arena.kind(value).name)")
    }
  }

  /// Whether a value can be a Boolean argument of NumPy: an int or a bool.
  private func isFlag(_ value: PickleValue) -> Bool { [.int, .bool].contains(arena.kind(value)) }

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
      // Every element takes at least one byte, so no sound file has more elements than bytes.
      guard !overflow, product <= arena.file.count else {
        throw fault("an array whose shape does not fit its data")
      }
      count = product
    }

    if type.kind == .object {
      guard arena.kind(data) == .list, arena.count(data) == count else {
        throw fault("an array of \(count) objects whose list has another length")
      }
    } else {
      guard let bytes = arena.data(data) else { throw fault("an array without bytes") }
      guard bytes.count == count * type.size else {
        throw fault("an array of \(count) × \(type.size) bytes that holds \(bytes.count)")
      }
    }
    return PickleArena.ArrayContent(dtype: type, rank: rank, count: count, data: data)
  }

  /// Pushes a NumPy scalar as a plain number or text.
  private mutating func pushScalar(dtype: PickleValue, _ data: PickleValue) throws {
    guard let type = arena.dtype(dtype), arena.data(data)?.count == type.size else {
      throw fault("a NumPy number whose bytes do not fit its type")
    }
    if type.kind == .float, type.size == 8, !type.isBigEndian, data.place == .file {
      return push(PickleValue(.littleEndianFloat, arena.content(data).startIndex))
    }
    // Appending to `decoded` while a view of it exists copies the whole array: each view ends before the
    // push.
    if let number = arena.content(data).withUnsafeBytes({ type.double($0, at: 0) }) {
      push(arena.float(number))
    } else if let text = type.text(arena.content(data)) {
      push(arena.text(.text, text))
    } else {
      throw fault("a NumPy value that is neither number nor text")
    }
  }

  /// Pushes bytes as protocols 0 to 2 write them: as a text with one character for each byte.
  private mutating func pushLatin1(_ value: PickleValue, codec: PickleValue) throws {
    guard arena.text(codec).map(word) == "latin1", [.text, .byteString].contains(arena.kind(value)) else {
      throw fault("bytes in an unknown encoding")
    }
    let isEscaped = arena.isEscaped(value)
    try requireDecodable(arena.content(value).count)
    // Appending to `decoded` while a view of it exists copies the whole array: a decoded text is copied
    // first.
    let written = value.place == .decoded ? Array(arena.content(value))[...] : arena.content(value)
    let bytes = arena.text(.bytes) { bytes in
      if isEscaped {
        var escapes = RawUnicodeEscape(written)
        return Self.appendLatin1(&escapes, to: &bytes)
      }
      var scalars = UTF8Scalars(written)
      return Self.appendLatin1(&scalars, to: &bytes)
    }
    guard let bytes else { throw fault("bytes in an unknown encoding") }
    push(bytes)
  }

  /// - Returns: false at a character above U+00FF, which is no byte.
  private static func appendLatin1(
    _ scalars: inout some IteratorProtocol<Unicode.Scalar>, to bytes: inout [UInt8]
  ) -> Bool {
    while let scalar = scalars.next() {
      guard let byte = UInt8(exactly: scalar.value) else { return false }
      bytes.append(byte)
    }
    return true
  }
}

/// The characters of UTF-8; damaged bytes become U+FFFD.
private struct UTF8Scalars: IteratorProtocol {
  private var bytes: ArraySlice<UInt8>.Iterator
  private var decoder = UTF8()

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes.makeIterator() }

  mutating func next() -> Unicode.Scalar? {
    switch decoder.decode(&bytes) {
    case .scalarValue(let scalar): scalar
    case .error: "\u{FFFD}"
    case .emptyInput: nil
    }
  }
}
