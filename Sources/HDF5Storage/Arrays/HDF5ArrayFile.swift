import Basics

/// An HDF5 file of other people, opened for its data sets of numbers and texts.
///
/// The HDF5 library does not read the file: it trusts sizes and addresses, has one lock for all threads, and loads plug-ins and
/// other files that a file names. This reader knows what h5py and MATLAB write by default: superblocks 0 to 3, groups of
/// both kinds, data in one piece or in chunks, gzip, shuffle and fletcher32. It refuses links to other files, virtual data
/// sets, external storage and other filters. Every size is checked against the file before memory is reserved.
package final class HDF5ArrayFile: Sendable {
  /// The most bytes of structures that are read for a data set; an index of a million chunks has 56 MB.
  static let structureLimit = 512 << 20

  package let path: String
  private let file: SharedFile
  private let superblock: HDF5Superblock
  private let cache: HDF5ChunkCache

  /// Opens a file.
  /// - Parameter cache: keeps decoded chunks of all data sets that share it.
  /// - Throws: `InputError` (data) when it is absent, damaged or no HDF5 file; environment when the system refuses a call.
  package init(
    _ path: String, cache: HDF5ChunkCache = HDF5ChunkCache(bytes: 32 << 20), files: FileSystem = .system
  ) throws {
    self.path = path
    self.cache = cache
    let file = try OpenFile.reading(path, kind: .data, files: files)
    superblock = try Self.described(path) { try HDF5Superblock(file) }
    self.file = SharedFile(file: file)
  }

  /// A data set of at least one dimension.
  /// - Parameter name: "sen1", or "group/sen1" for one in a group.
  /// - Throws: `InputError` (data) naming file and data set when there is none, when it is damaged, or when it is stored in a
  ///   way that is not read.
  package func array(_ name: String) throws -> HDF5Array {
    try Self.described(path) {
      let storage = try HDF5Storage(
        file.file, userBlock: superblock.userBlock, structureLimit: Self.structureLimit)
      let header = try header(of: name, in: storage)
      guard let space = try header.body(.dataspace), let type = try header.body(.datatype) else {
        throw HDF5Refusal("'\(name)' is a group, expected a data set", remedy: "name a data set in it")
      }
      guard let element = try HDF5Element.reading(type) else {
        throw HDF5Refusal(
          "data set '\(name)' holds neither integers nor floats of 32 or 64 bits nor texts",
          remedy: "store it in one of these types")
      }
      let shape = try HDF5Shape.read(space, of: "'\(name)'")
      guard !shape.isEmpty else {
        throw HDF5Refusal("data set '\(name)' is one value, expected rows", remedy: "check the name")
      }
      let layout = try HDF5Layout(header, shape: shape, elementBytes: element.bytes, in: storage)
      return HDF5Array(
        place: .init(path: path, name: name, file: file, userBlock: superblock.userBlock), shape: shape,
        element: element, layout: layout, cache: cache)
    }
  }

  /// The header of an object, found along its name.
  private func header(of name: String, in storage: HDF5Storage) throws -> HDF5ObjectHeader {
    var header = try HDF5ObjectHeader(at: superblock.root, named: "/", in: storage, allowsOldForm: true)
    for part in name.split(separator: "/") {
      guard let folder = try HDF5Folder(header, in: storage) else {
        throw HDF5Refusal(
          "has no '\(shownName(name))': '\(header.name)' is not a group", remedy: "check the name")
      }
      guard let link = folder.links.first(where: { $0.name == part }) else {
        let names = folder.links.map { shownName($0.name) }.sorted().prefix(12).joined(separator: ", ")
        throw HDF5Refusal(
          "has no '\(shownName(name))'",
          remedy: names.isEmpty ? "'\(header.name)' is empty" : "'\(header.name)' holds \(names)")
      }
      switch link.target {
      case .object(let address):
        header = try HDF5ObjectHeader(
          at: address, named: shownName(part), in: storage, allowsOldForm: true)
      case .name:
        throw HDF5Refusal(
          "'\(shownName(name))' is a link to another name", remedy: "state the name of the data set itself")
      case .otherFile:
        throw HDF5Refusal(
          "'\(shownName(name))' is a link to another file, and such links are not followed",
          remedy: "state the file that holds the data set")
      }
    }
    return header
  }

  /// Adds the name of the file to what is wrong with it.
  static func described<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let damage as HDF5Damage {
      throw InputError(.data, path, "is damaged: \(damage.text)", remedy: "fetch or copy the file again")
    } catch let refusal as HDF5Refusal {
      throw InputError(.data, path, refusal.problem, remedy: refusal.remedy)
    }
  }
}

/// An open file that threads share: reading at an offset changes nothing in it, and it is closed when it is released.
struct SharedFile: @unchecked Sendable {
  let file: OpenFile
}
