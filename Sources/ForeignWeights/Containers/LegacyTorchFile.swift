import Basics
import Pickles

/// The data of the storages of a file of the kind before PyTorch 1.6: one after the other behind the pickles.
private struct SequentialStorages: StorageData {
  let file: OpenFile
  /// Places of the first bytes.
  let places: [String: Int]

  func read(_ key: String, from start: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
    try file.read(into: bytes, at: places[key]! + start)
  }
}

extension TorchFile {
  /// What `torch.save` wrote before version 1.6: five pickles (a magic number, a version, facts on the machine, the values,
  /// the keys of the storages), then for each key the number of elements and the elements.
  /// - Throws: `InputError` (checkpoint) for a damaged file, or one with forbidden names.
  static func legacy(_ file: OpenFile, path: String, ignoresObjects: Bool) throws -> TorchFile {
    let size = try file.size()
    var limit = 1 << 20
    while true {
      do {
        return try legacy(file, path, beginning: min(limit, size), size, ignoresObjects)
      } catch let error as ShortBeginning {
        // The pickles may be longer than the beginning that was read. They have no length of their own.
        guard limit < min(size, pickleLimit) else { throw error.cause }
        limit *= 8
      }
    }
  }

  /// The beginning of a file does not hold its pickles.
  private struct ShortBeginning: Error {
    let cause: InputError
  }

  private static func legacy(
    _ file: OpenFile, _ path: String, beginning: Int, _ size: Int, _ ignoresObjects: Bool
  ) throws -> TorchFile {
    var bytes = [UInt8](repeating: 0, count: beginning)
    try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
    var next = TorchMagic.legacy.count
    let use = PickleUse.weights(names: TorchPickle.names, ignoresObjects: ignoresObjects)
    func pickle() throws -> (arena: PickleArena, root: PickleValue) {
      do {
        let (arena, root, end) = try PickleReader.read(bytes, from: next, file: path, use: use)
        next = end
        return (arena, root)
      } catch let error as InputError {
        throw ShortBeginning(cause: error)
      }
    }
    let version = try pickle()
    guard version.arena.int(version.root) == 1001 else {
      throw damaged(path, "is a PyTorch file of an unknown version")
    }
    let machine = try pickle()
    let facts = machine.arena.items(machine.root)
    for index in stride(from: 0, to: facts.count - 1, by: 2)
    where machine.arena.text(facts[index]).map({ $0.elementsEqual("little_endian".utf8) }) == true {
      guard machine.arena.bool(facts[index + 1]) == true else {
        throw damaged(path, "was written on a big-endian machine")
      }
    }
    let values = try pickle()
    let keys = try pickle()
    let found = try TorchPickle(values.arena, root: values.root, file: path)
    var places: [String: Int] = [:]
    for key in keys.arena.items(keys.root) {
      guard let name = keys.arena.text(key).map({ String(decoding: $0, as: UTF8.self) }),
        let storage = found.storages[name]
      else { throw damaged(path, "lists a storage that no tensor uses") }
      guard size - next >= 8 else {
        throw damaged(path, "ends before its storage '\(shownName(name))'")
      }
      var count: Int64 = 0
      try withUnsafeMutableBytes(of: &count) { try file.read(into: $0, at: next) }
      guard Int64(littleEndian: count) == storage.count,
        storage.count * storage.type.bytes <= size - next - 8
      else {
        throw damaged(
          path,
          "has less than the \(storage.count) elements of \(storage.type.rawValue) of its storage "
            + "'\(shownName(name))'")
      }
      places[name] = next + 8
      next += 8 + storage.count * storage.type.bytes
    }
    if let missing = found.storages.keys.sorted().first(where: { places[$0] == nil }) {
      throw damaged(path, "has no data of its storage '\(shownName(missing))'")
    }
    return TorchFile(path, found, SequentialStorages(file: file, places: places))
  }

  private static func damaged(_ path: String, _ problem: String) -> InputError {
    InputError(.checkpoint, path, problem, remedy: "copy or download the file again")
  }
}
