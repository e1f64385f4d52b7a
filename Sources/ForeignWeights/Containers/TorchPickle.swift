import Basics
import Pickles

/// The tensors and the plain values of a pickle that `torch.save` has written.
struct TorchPickle {
  /// A tensor and where it is: `["model_state_dict", "conv1.weight"]`.
  struct Found {
    let path: [String]
    let tensor: StoredTensor
  }

  private(set) var tensors: [Found] = []
  /// The texts and numbers of the outermost dictionary, such as `epoch` and `arch`.
  private(set) var facts: [(name: String, value: String)] = []
  /// Storages that the pickle names, also where no tensor uses them.
  private(set) var storages: [String: StoredTensor.Storage] = [:]
  /// Number of objects that were left out.
  private(set) var ignoredObjects = 0

  private let arena: PickleArena
  private let file: String
  private var seen: Set<UInt32> = []

  /// Dictionaries within dictionaries that are looked into, and the most tensors of a file.
  private static let depthLimit = 12
  private static let tensorLimit = 200_000

  /// Names that weight files need, besides NumPy's. Values of the names in the last three lines are left out.
  static let names =
    [
      "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
      "torch._utils._rebuild_tensor_v3",
      "torch._utils._rebuild_parameter", "torch.storage.UntypedStorage",
    ] + ElementType.storageClasses + ElementType.allCases.map { "torch.\($0.rawValue)" }
    + ["argparse.Namespace", "torch.Size", "torch.device", "collections.Counter"]
    + [
      "torch.complex64", "torch.complex128", "torch.half", "torch.float", "torch.double",
      "torch.long",
    ]
    + ["__builtin__", "builtins"].flatMap { module in
      ["dict", "list", "int", "float", "str", "set", "tuple"].map { "\(module).\($0)" }
    }

  /// - Parameter root: the outermost value.
  /// - Throws: `InputError` (checkpoint) for a tensor that is impossible or leaves its storage.
  init(_ arena: PickleArena, root: PickleValue, file: String) throws {
    (self.arena, self.file) = (arena, file)
    try look(at: root, path: [])
  }

  // MARK: Values

  private mutating func look(at value: PickleValue, path: [String]) throws {
    switch arena.kind(value) {
    case .dict:
      guard path.count < Self.depthLimit, seen.insert(value.bits).inserted else { return }
      let items = arena.items(value)
      for index in stride(from: 0, to: items.count - 1, by: 2) {
        guard let key = text(items[index]) else { continue }
        if path.isEmpty { note(key, items[index + 1]) }
        try look(at: items[index + 1], path: path + [key])
      }
    case .list, .tuple:
      guard path.count < Self.depthLimit, seen.insert(value.bits).inserted else { return }
      for (index, item) in arena.items(value).enumerated() {
        try look(at: item, path: path + [String(index)])
      }
    case .call:
      guard let tensor = try tensor(value, depth: 0) else {
        ignoredObjects += 1
        return
      }
      guard tensors.count < Self.tensorLimit else {
        throw problem("holds more than \(Self.tensorLimit) tensors")
      }
      tensors.append(Found(path: path, tensor: tensor))
    case .persistent: _ = try storage(value)
    case .none, .bool, .int, .float, .text, .bytes, .byteString, .global, .dtype, .array: break
    }
  }

  private mutating func note(_ name: String, _ value: PickleValue) {
    guard facts.count < 20 else { return }
    let shown =
      arena.int(value).map(String.init) ?? arena.double(value).map { "\($0)" }
      ?? arena.text(value).map { shownName(String(decoding: $0.prefix(400), as: UTF8.self)) }
    if let shown { facts.append((name, shown)) }
  }

  /// A key of a dictionary: a text, or a number as in the state of an optimizer.
  private func text(_ key: PickleValue) -> String? {
    arena.text(key).map { String(decoding: $0.prefix(1000), as: UTF8.self) }
      ?? arena.int(key).map(String.init)
  }

  // MARK: Tensors

  /// The tensor that a call makes; nil for another object.
  private mutating func tensor(_ value: PickleValue, depth: Int) throws -> StoredTensor? {
    guard let (callee, arguments) = arena.call(value), let name = arena.name(callee) else {
      return nil
    }
    let items = arena.items(arguments)
    switch name {
    case "torch._utils._rebuild_tensor" where items.count == 4: return try view(items, type: nil)
    case "torch._utils._rebuild_tensor_v2" where 6...7 ~= items.count:
      return try view(items, type: nil)
    case "torch._utils._rebuild_tensor_v3" where 7...8 ~= items.count:
      guard let type = arena.name(items[6]), type.hasPrefix("torch."),
        let element = ElementType(rawValue: String(type.dropFirst(6)))
      else { throw problem("holds a tensor of a type that is not read") }
      return try view(items, type: element)
    case "torch._utils._rebuild_parameter" where items.count == 3:
      guard depth < 4, let tensor = try tensor(items[0], depth: depth + 1) else {
        throw problem("holds a parameter without a tensor")
      }
      return tensor
    case let other where other.hasPrefix("torch._utils."):
      throw problem("makes a tensor with \(counted(items.count, "argument")) of \(other)")
    default: return nil
    }
  }

  /// The view that the arguments storage, offset, sizes and strides describe.
  private mutating func view(_ items: [PickleValue], type: ElementType?) throws -> StoredTensor {
    let (storage, isUntyped) = try storage(items[0])
    guard let offset = arena.int(items[1]), let shape = numbers(items[2]),
      let strides = numbers(items[3]),
      shape.count == strides.count
    else { throw problem("holds a tensor without a shape and a stride for each dimension") }
    guard isUntyped == (type != nil) else { throw problem("holds a tensor without a type") }
    let type = type ?? storage.type
    let elements = StoredTensor.Storage(
      key: storage.key, type: type, count: storage.count / (isUntyped ? type.bytes : 1),
      start: storage.start)
    guard
      let tensor = StoredTensor(elements, as: type, shape: shape, strides: strides, offset: offset)
    else {
      throw problem(
        "holds a tensor of shape \(TensorSize.shown(shape)), strides \(TensorSize.shown(strides)) and offset "
          + "\(offset) that does not fit its storage of \(elements.count) elements")
    }
    return tensor
  }

  private func numbers(_ value: PickleValue) -> [Int]? {
    var list = value
    // `torch.Size` is kept as a call with the sizes as its argument.
    if let (callee, arguments) = arena.call(value), arena.name(callee) == "torch.Size",
      let sizes = arena.items(arguments).first
    {
      list = sizes
    }
    guard [.tuple, .list].contains(arena.kind(list)), arena.count(list) <= TensorSize.rankLimit
    else {
      return nil
    }
    let numbers = arena.items(list).compactMap(arena.int)
    return numbers.count == arena.count(list) ? numbers : nil
  }

  /// The storage that `('storage', class, key, place, count)` names, and whether it is of plain bytes.
  private mutating func storage(_ value: PickleValue) throws -> (
    StoredTensor.Storage, isUntyped: Bool
  ) {
    guard let identity = arena.persistentID(value), case let items = arena.items(identity),
      5...6 ~= items.count, arena.text(items[0]).map({ $0.elementsEqual("storage".utf8) }) == true,
      let name = arena.name(items[1]), let key = text(items[2]), let count = arena.int(items[4])
    else { throw problem("refers to data that are no storage of a tensor") }
    let isUntyped = name == "torch.storage.UntypedStorage"
    guard let type = isUntyped ? .uint8 : ElementType(storageClass: name) else {
      throw problem("refers to a storage of the unknown type \(shownName(name))")
    }
    guard count >= 0, !count.multipliedReportingOverflow(by: type.bytes).overflow else {
      throw problem("announces a storage of \(count) elements")
    }
    let whole = StoredTensor.Storage(key: key, type: type, count: count)
    if let other = storages[key], other != whole {
      throw problem("describes its storage '\(shownName(key))' in two ways")
    }
    storages[key] = whole
    guard items.count == 6, items[5] != PickleValue.none else { return (whole, isUntyped) }
    // Old files: a part of the storage, as (key of the part, first element, number of elements). Storages of plain bytes are
    // younger, and have no parts.
    let part = arena.items(items[5])
    guard !isUntyped, part.count == 3, let start = arena.int(part[1]), let size = arena.int(part[2]),
      start >= 0, size >= 0, start <= count, size <= count - start
    else { throw problem("refers to a part of a storage that is not in it") }
    return (StoredTensor.Storage(key: key, type: type, count: size, start: start), isUntyped)
  }

  private func problem(_ text: String) -> InputError {
    InputError(.checkpoint, file, text, remedy: "copy or download the file again")
  }
}
