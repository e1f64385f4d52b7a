import Basics
import CHDF5

/// A data set in one piece, to be closed before its file. All use is inside `HDF5Library.locked`.
package final class HDF5Table {
  fileprivate let id: hid_t
  fileprivate let type: HDF5CellType
  fileprivate let shape: [Int]
  fileprivate let name: String

  fileprivate init(id: hid_t, type: HDF5CellType, shape: [Int], name: String) {
    (self.id, self.type, self.shape, self.name) = (id, type, shape, name)
  }

  deinit { HDF5Library.released { H5Dclose(id) } }
}

extension HDF5File {
  /// Makes a data set in one piece, whose room in the file is reserved at once.
  package func createTable(
    _ name: String, _ type: HDF5CellType, shape: [Int], in group: hid_t
  ) throws -> HDF5Table {
    let creation = try dataSetList()
    try check(H5Pset_alloc_time(creation.id, H5D_ALLOC_TIME_EARLY), "set up a data set")
    return HDF5Table(
      id: try createSet(name, type, shape: shape, creation, in: group), type: type, shape: shape, name: name)
  }

  /// Fills a data set.
  /// - Parameter bytes: all elements, texts filled up with zeros.
  package func write(_ bytes: UnsafeRawBufferPointer, to table: HDF5Table) throws {
    precondition(
      bytes.count == table.shape.reduce(table.type.bytes, *), "the elements fill the data set \(table.name)")
    guard !bytes.isEmpty else { return }
    let written = try withCellType(table.type) {
      H5Dwrite(table.id, $0, 0, 0, 0, bytes.baseAddress)
    }
    try check(written, "write the data set '\(table.name)'")
  }

  /// Stores a text as an attribute of the file or a group.
  package func setAttribute(_ name: String, of object: hid_t, to text: String) throws {
    try setAttribute(name, of: object, texts: [text], space: space([]))
  }

  /// Stores texts as an attribute of a data set: a list of one dimension.
  package func setAttribute(_ name: String, of table: HDF5Table, to texts: [String]) throws {
    try setAttribute(name, of: table.id, texts: texts, space: space([texts.count]))
  }

  package func setAttribute(_ name: String, of set: HDF5ChunkSet, to texts: [String]) throws {
    try setAttribute(name, of: set.id, texts: texts, space: space([texts.count]))
  }

  private func setAttribute(
    _ name: String, of object: hid_t, texts: [String], space: consuming HDF5Handle
  ) throws {
    precondition(texts.allSatisfy { !$0.utf8.contains(0) }, "a zero would end a text of '\(name)'")
    // HDF5 has no empty texts.
    let size = max(1, texts.map(\.utf8.count).max() ?? 1)
    var bytes: [UInt8] = []
    for text in texts {
      bytes += text.utf8
      bytes += [UInt8](repeating: 0, count: size - text.utf8.count)
    }
    let id = space.id
    try withCellType(.text(size)) { type in
      let attribute = try handle(
        H5Acreate2(object, name, type, id, 0, 0), H5Aclose, "create the attribute '\(name)'")
      try check(H5Awrite(attribute.id, type, bytes), "write the attribute '\(name)'")
    }
  }

  /// Makes a data set without contents.
  func createSet(
    _ name: String, _ type: HDF5CellType, shape: [Int], _ creation: borrowing HDF5Handle, in group: hid_t
  ) throws -> hid_t {
    try checkName(name)
    let links = try linkList()
    let space = try space(shape)
    let (linkID, spaceID, listID) = (links.id, space.id, creation.id)
    let id = try withCellType(type) { H5Dcreate2(group, name, $0, spaceID, linkID, listID, 0) }
    try check(id, "create the data set '\(name)'")
    return id
  }

  /// A list of properties for data sets that hold nothing but what is written.
  func dataSetList() throws -> HDF5Handle {
    let list = try handle(H5Pcreate(fusion_H5P_DATASET_CREATE()), H5Pclose, "set up a data set")
    try check(H5Pset_fill_time(list.id, H5D_FILL_TIME_NEVER), "set up a data set")
    try check(H5Pset_obj_track_times(list.id, false), "set up a data set")
    return list
  }

  private func withCellType<Result>(_ type: HDF5CellType, _ body: (hid_t) throws -> Result) throws -> Result {
    if let number = type.number { return try body(number) }
    let text = try textType(size: type.bytes)
    try check(H5Tset_strpad(text.id, H5T_STR_NULLPAD), "set up a text")
    return try body(text.id)
  }
}
