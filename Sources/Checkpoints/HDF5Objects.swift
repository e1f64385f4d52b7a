import CHDF5
import Tensors

/// A number that HDF5 stores as an attribute or a scalar data set.
protocol HDF5Scalar: BitwiseCopyable {
  static var zero: Self { get }
  static var hdf5Type: hid_t { get }
}

extension Double: HDF5Scalar { static var hdf5Type: hid_t { fusion_H5T_F64() } }
extension Int64: HDF5Scalar { static var hdf5Type: hid_t { fusion_H5T_I64() } }
extension UInt64: HDF5Scalar { static var hdf5Type: hid_t { fusion_H5T_U64() } }

// MARK: - Groups

extension HDF5File {
  /// Makes a group that remembers the order of its members.
  func createGroup(_ name: String, in place: hid_t) throws -> HDF5Handle {
    try checkName(name)
    let links = try linkList()
    let creation = try handle(H5Pcreate(fusion_H5P_GROUP_CREATE()), H5Pclose, "set up a group")
    let order = UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)
    try check(H5Pset_link_creation_order(creation.id, order), "set up a group")
    return try handle(
      H5Gcreate2(place, name, links.id, creation.id, 0), H5Gclose, "create the group '\(name)'")
  }

  func openGroup(_ name: String, in place: hid_t) throws -> HDF5Handle {
    guard try has(name, in: place) else { throw error("has no group '\(name)'") }
    return try handle(H5Gopen2(place, name, 0), H5Gclose, "open the group '\(name)'")
  }

  func has(_ name: String, in place: hid_t) throws -> Bool {
    let answer = H5Lexists(place, name, 0)
    try check(answer, "look for '\(name)'")
    return answer > 0
  }

  /// Names of the members, in the order in which they were made.
  func names(in group: hid_t) throws -> [String] {
    var info = H5G_info_t()
    try check(H5Gget_info(group, &info), "list a group")
    return try (0..<info.nlinks).map { number in
      try name("a member") { buffer, size in
        H5Lget_name_by_idx(group, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, number, buffer, size, 0)
      }
    }
  }

  /// A name that HDF5 gives in two calls: its length, then its bytes.
  private func name(
    _ what: String, _ get: (UnsafeMutablePointer<CChar>?, Int) -> Int
  ) throws -> String {
    let length = get(nil, 0)
    try check(length, "name \(what)")
    var bytes = [CChar](repeating: 0, count: length + 1)
    try check(get(&bytes, bytes.count), "name \(what)")
    return String(decoding: bytes.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private func linkList() throws -> HDF5Handle {
    let list = try handle(H5Pcreate(fusion_H5P_LINK_CREATE()), H5Pclose, "set up a link")
    try check(H5Pset_char_encoding(list.id, H5T_CSET_UTF8), "set up a link")
    return list
  }

  private func checkName(_ name: String) throws {
    guard !name.isEmpty, name != ".", !name.utf8.contains(0), !name.contains("/") else {
      throw error("cannot hold an entry named '\(name)': HDF5 names have no '/' and are not '' or '.'")
    }
  }
}

// MARK: - Data sets

extension HDF5File {
  /// Stores float32 elements under a name; `shape` empty for a scalar.
  func write(
    _ elements: UnsafeBufferPointer<Float>, shape: [Int], named name: String, in group: hid_t
  ) throws {
    let space = try space(shape)
    try write(elements.baseAddress, type: fusion_H5T_F32(), space: space.id, named: name, in: group)
  }

  func write(_ value: some HDF5Scalar, named name: String, in group: hid_t) throws {
    let space = try space([])
    try withUnsafePointer(to: value) {
      try write($0, type: type(of: value).hdf5Type, space: space.id, named: name, in: group)
    }
  }

  /// Stores a text in UTF-8, with a zero at its end because HDF5 has no empty strings.
  func write(_ text: String, named name: String, in group: hid_t) throws {
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
    // Nothing is written but the data; the times of objects would make equal states unequal files.
    try check(H5Pset_fill_time(creation.id, H5D_FILL_TIME_NEVER), "set up a data set")
    try check(H5Pset_obj_track_times(creation.id, false), "set up a data set")
    let set = try handle(
      H5Dcreate2(group, name, type, space, links.id, creation.id, 0), H5Dclose,
      "create the data set '\(name)'")
    guard H5Sget_simple_extent_npoints(space) > 0 else { return }
    try check(H5Dwrite(set.id, type, 0, 0, 0, data), "write the data set '\(name)'")
  }

  /// Opens a data set of float32 or, for a counter, of one int64.
  func openSet(_ name: String, in group: hid_t) throws -> HDF5Handle {
    try handle(H5Dopen2(group, name, 0), H5Dclose, "open the data set '\(name)'")
  }

  /// The shape of a data set, its elements checked to be all in the file.
  func shape(of set: borrowing HDF5Handle, named name: String) throws -> [Int] {
    let space = try handle(H5Dget_space(set.id), H5Sclose, "read the shape of '\(name)'")
    let rank = H5Sget_simple_extent_ndims(space.id)
    try check(rank, "read the shape of '\(name)'")
    var sizes = [hsize_t](repeating: 0, count: Int(rank))
    try check(H5Sget_simple_extent_dims(space.id, &sizes, nil), "read the shape of '\(name)'")
    let isArray = [H5S_SCALAR, H5S_SIMPLE].contains(H5Sget_simple_extent_type(space.id))
    let type = try handle(H5Dget_type(set.id), H5Tclose, "read the type of '\(name)'")
    let lengths = sizes.map { Int(clamping: $0) }
    let bytes = lengths.reduce(H5Tget_size(type.id) as Int?) { product, length in
      guard let (next, overflow) = product?.multipliedReportingOverflow(by: length), !overflow else {
        return nil
      }
      return next
    }
    guard isArray, let bytes, bytes == Int(clamping: H5Dget_storage_size(set.id)) else {
      throw error("holds '\(name)' with shape \(lengths), which does not fit its data")
    }
    return lengths
  }

  /// True when the elements are stored as `type`.
  func has(type: hid_t, _ set: borrowing HDF5Handle, named name: String) throws -> Bool {
    let stored = try handle(H5Dget_type(set.id), H5Tclose, "read the type of '\(name)'")
    return H5Tequal(stored.id, type) > 0
  }

  /// Reads all elements of a data set whose type and shape were checked.
  func read(
    _ set: borrowing HDF5Handle, type: hid_t, into bytes: UnsafeMutableRawPointer?, named name: String
  ) throws {
    try check(H5Dread(set.id, type, 0, 0, 0, bytes), "read the data set '\(name)'")
  }

  /// Reads a number.
  func scalar<Value: HDF5Scalar>(named name: String, in group: hid_t) throws -> Value {
    let set = try openSet(name, in: group)
    guard try has(type: Value.hdf5Type, set, named: name), try shape(of: set, named: name).isEmpty else {
      throw error("holds '\(name)', which is not one \(Value.self)")
    }
    var value = Value.zero
    try withUnsafeMutableBytes(of: &value) {
      try read(set, type: Value.hdf5Type, into: $0.baseAddress, named: name)
    }
    return value
  }

  /// Reads a text.
  func text(named name: String, in group: hid_t) throws -> String {
    guard try has(name, in: group) else { throw error("has no text '\(name)'") }
    let set = try openSet(name, in: group)
    let stored = try handle(H5Dget_type(set.id), H5Tclose, "read the type of '\(name)'")
    let size = H5Tget_size(stored.id)
    guard H5Tget_class(stored.id) == H5T_STRING, H5Tis_variable_str(stored.id) == 0,
      try shape(of: set, named: name).isEmpty
    else { throw error("holds '\(name)', which is not a text") }
    var bytes = [UInt8](repeating: 0, count: size)
    try bytes.withUnsafeMutableBytes {
      try read(set, type: stored.id, into: $0.baseAddress, named: name)
    }
    return String(decoding: bytes.dropLast(), as: UTF8.self)
  }

  private func space(_ shape: [Int]) throws -> HDF5Handle {
    let sizes = shape.map { hsize_t($0) }
    let id = shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), sizes, nil)
    return try handle(id, H5Sclose, "make the shape \(shape)")
  }

  private func textType(size: Int) throws -> HDF5Handle {
    let type = try handle(H5Tcopy(fusion_H5T_C_S1()), H5Tclose, "set up a text")
    try check(H5Tset_size(type.id, size), "set up a text")
    try check(H5Tset_cset(type.id, H5T_CSET_UTF8), "set up a text")
    return type
  }
}

// MARK: - Attributes

extension HDF5File {
  func setAttribute<Value: HDF5Scalar>(_ name: String, of object: hid_t, to value: Value) throws {
    let space = try space([])
    let attribute = try handle(
      H5Acreate2(object, name, Value.hdf5Type, space.id, 0, 0), H5Aclose, "create the attribute '\(name)'")
    try withUnsafePointer(to: value) {
      try check(H5Awrite(attribute.id, Value.hdf5Type, $0), "write the attribute '\(name)'")
    }
  }

  func attribute<Value: HDF5Scalar>(_ name: String, of object: hid_t) throws -> Value {
    let attribute = try handle(H5Aopen(object, name, 0), H5Aclose, "find the attribute '\(name)'")
    let type = try handle(H5Aget_type(attribute.id), H5Tclose, "read the attribute '\(name)'")
    let space = try handle(H5Aget_space(attribute.id), H5Sclose, "read the attribute '\(name)'")
    guard H5Tequal(type.id, Value.hdf5Type) > 0, H5Sget_simple_extent_npoints(space.id) == 1 else {
      throw error("holds the attribute '\(name)', which is not one \(Value.self)")
    }
    var value = Value.zero
    try withUnsafeMutablePointer(to: &value) {
      try check(H5Aread(attribute.id, Value.hdf5Type, $0), "read the attribute '\(name)'")
    }
    return value
  }
}
