import Basics
import CHDF5

/// A number that HDF5 stores as an attribute or a scalar data set.
package protocol HDF5Scalar: BitwiseCopyable {
  static var hdf5Type: hid_t { get }
}

extension Double: HDF5Scalar { package static var hdf5Type: hid_t { fusion_H5T_F64() } }
extension Int64: HDF5Scalar { package static var hdf5Type: hid_t { fusion_H5T_I64() } }
extension UInt64: HDF5Scalar { package static var hdf5Type: hid_t { fusion_H5T_U64() } }

// MARK: - Groups

extension HDF5File {
  /// HDF5 keeps names beyond 4 kB in structures of their own, which `HDF5Reader` does not read.
  private static let nameLimit = 1000

  /// Makes a group that stores the order of its members.
  package func createGroup(_ name: String, in place: hid_t) throws -> HDF5Handle {
    try checkName(name)
    let links = try linkList()
    let creation = try handle(H5Pcreate(fusion_H5P_GROUP_CREATE()), H5Pclose, "set up a group")
    let order = UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)
    try check(H5Pset_link_creation_order(creation.id, order), "set up a group")
    try check(H5Pset_obj_track_times(creation.id, false), "set up a group")
    return try handle(
      H5Gcreate2(place, name, links.id, creation.id, 0), H5Gclose, "create the group '\(name)'")
  }

  /// Opens a group by its path.
  package func openGroup(_ path: String) throws -> HDF5Handle {
    try handle(H5Gopen2(root, path, 0), H5Gclose, "open the group '\(path)'")
  }

  func linkList() throws -> HDF5Handle {
    let list = try handle(H5Pcreate(fusion_H5P_LINK_CREATE()), H5Pclose, "set up a link")
    try check(H5Pset_char_encoding(list.id, H5T_CSET_UTF8), "set up a link")
    return list
  }

  func checkName(_ name: String) throws {
    guard !name.isEmpty, name != ".", !name.utf8.contains(0), !name.contains("/"),
      name.utf8.count <= Self.nameLimit
    else {
      throw error(
        "cannot hold an entry named '\(shownName(name))': HDF5 names have no '/', are not '' or '.', and have at"
          + " most \(Self.nameLimit) bytes here")
    }
  }
}

// MARK: - Data sets

extension HDF5File {
  /// Stores float32 elements under a name; `shape` is empty for a scalar.
  package func write(
    _ elements: UnsafeBufferPointer<Float>, shape: [Int], named name: String, in group: hid_t
  ) throws {
    let space = try space(shape)
    try write(elements.baseAddress, type: fusion_H5T_F32(), space: space.id, named: name, in: group)
  }

  package func write(_ value: some HDF5Scalar, named name: String, in group: hid_t) throws {
    let space = try space([])
    try withUnsafePointer(to: value) {
      try write($0, type: type(of: value).hdf5Type, space: space.id, named: name, in: group)
    }
  }

  /// Stores a text in UTF-8, with a zero at its end because HDF5 has no empty strings.
  package func write(_ text: String, named name: String, in group: hid_t) throws {
    precondition(!text.utf8.contains(0), "the text '\(name)' must hold no zero byte, which would end it")
    let space = try space([])
    let bytes = Array(text.utf8) + [0]
    let type = try textType(size: bytes.count)
    try bytes.withUnsafeBytes {
      try write($0.baseAddress, type: type.id, space: space.id, named: name, in: group)
    }
  }

  private func write(
    _ data: UnsafeRawPointer?, type: hid_t, space: hid_t, named name: String, in group: hid_t
  ) throws {
    try checkName(name)
    let links = try linkList()
    let creation = try handle(H5Pcreate(fusion_H5P_DATASET_CREATE()), H5Pclose, "set up a data set")
    // Only the data are written. With the times of objects, equal states would give different files.
    try check(H5Pset_fill_time(creation.id, H5D_FILL_TIME_NEVER), "set up a data set")
    try check(H5Pset_obj_track_times(creation.id, false), "set up a data set")
    let set = try handle(
      H5Dcreate2(group, name, type, space, links.id, creation.id, 0), H5Dclose,
      "create the data set '\(name)'")
    guard H5Sget_simple_extent_npoints(space) > 0 else { return }
    try check(H5Dwrite(set.id, type, 0, 0, 0, data), "write the data set '\(name)'")
  }

  func space(_ shape: [Int]) throws -> HDF5Handle {
    let sizes = shape.map { hsize_t($0) }
    let id = shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), sizes, nil)
    return try handle(id, H5Sclose, "make the shape \(shape)")
  }

  func textType(size: Int) throws -> HDF5Handle {
    let type = try handle(H5Tcopy(fusion_H5T_C_S1()), H5Tclose, "set up a text")
    try check(H5Tset_size(type.id, size), "set up a text")
    try check(H5Tset_cset(type.id, H5T_CSET_UTF8), "set up a text")
    return type
  }
}

// MARK: - Attributes

extension HDF5File {
  package func setAttribute<Value: HDF5Scalar>(_ name: String, of object: hid_t, to value: Value) throws {
    let space = try space([])
    let attribute = try handle(
      H5Acreate2(object, name, Value.hdf5Type, space.id, 0, 0), H5Aclose, "create the attribute '\(name)'")
    try withUnsafePointer(to: value) {
      try check(H5Awrite(attribute.id, Value.hdf5Type, $0), "write the attribute '\(name)'")
    }
  }
}
