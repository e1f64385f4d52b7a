import Basics
import Pickles

/// The data of the storages of a zip archive: an entry each.
private struct ZippedStorages: StorageData {
  let entries: [String: ZipArchive.Entry]
  let data: ZipEntryData

  func read(_ key: String, from start: Int, into bytes: UnsafeMutableRawBufferPointer) throws {
    try data.read(entries[key]!, from: start, into: bytes)
  }
}

extension TorchFile {
  /// What `torch.save` writes since version 1.6.
  /// - Throws: `InputError` (checkpoint) for a damaged file, one with forbidden names, or one whose tensors are not in it.
  static func zipped(_ file: OpenFile, path: String, ignoresObjects: Bool) throws -> TorchFile {
    let archive = try ZipArchive(file, path: path)
    let data = ZipEntryData(file, archive)
    let pickles = archive.entries.keys.filter {
      $0.hasSuffix("/data.pkl") && $0.count { $0 == "/" } == 1
    }
    guard pickles.count == 1, let pickle = pickles.first.map({ archive.entries[$0]! }) else {
      throw InputError(
        .checkpoint, path,
        "is a zip archive with \(pickles.count) files data.pkl, expected one, as torch.save writes it",
        remedy: "unpack it, and name the file of weights inside")
    }
    let folder = pickle.name.dropLast("data.pkl".count)
    if let order = archive.entries[folder + "byteorder"],
      try data.contents(of: order, limit: 1000).elementsEqual("big".utf8)
    {
      throw InputError(
        .checkpoint, path, "was written on a big-endian machine",
        remedy: "load it with PyTorch on another machine and save it again")
    }
    let (arena, root, _) = try PickleReader.read(
      data.contents(of: pickle, limit: pickleLimit), from: 0, file: path,
      use: .weights(names: TorchPickle.names, ignoresObjects: ignoresObjects))
    let found = try TorchPickle(arena, root: root, file: path)
    var entries: [String: ZipArchive.Entry] = [:]
    for (key, storage) in found.storages {
      guard let entry = archive.entries["\(folder)data/\(key)"] else {
        throw ZipArchive.error(path, "has no data of its storage '\(shownName(key))'")
      }
      guard entry.size >= storage.count * storage.type.bytes else {
        throw ZipArchive.error(
          path,
          "has \(entry.size) bytes of its storage '\(shownName(key))', which has \(storage.count) elements of "
            + storage.type.rawValue)
      }
      entries[key] = entry
    }
    return TorchFile(path, found, ZippedStorages(entries: entries, data: data))
  }
}
