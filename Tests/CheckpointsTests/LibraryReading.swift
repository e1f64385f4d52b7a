import CHDF5
import Foundation
import HDF5Storage
import Testing

/// Reads a file with the HDF5 library, as a second opinion for the tests.
struct LibraryReading {
  /// A data set of float32 or of any other type.
  struct Member: Equatable {
    let name: String
    let shape: [Int]
    /// The elements' bits; nil for types other than float32.
    let bits: [UInt32]?
  }

  private let path: String

  init(path: String) { self.path = path }

  /// The data sets of a group, in the order in which they were made.
  func members(of group: String) throws -> [Member] {
    try HDF5Library.locked {
      // 0 opens a file for reading.
      let file = H5Fopen(path, 0, 0)
      try #require(file >= 0)
      defer { H5Fclose(file) }
      let place = H5Gopen2(file, group, 0)
      try #require(place >= 0)
      defer { H5Gclose(place) }
      var info = H5G_info_t()
      try #require(H5Gget_info(place, &info) >= 0)
      return try (0..<info.nlinks).map { number in
        let length = H5Lget_name_by_idx(place, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, number, nil, 0, 0)
        var name = [CChar](repeating: 0, count: length + 1)
        H5Lget_name_by_idx(place, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, number, &name, name.count, 0)
        return try member(
          String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self), place)
      }
    }
  }

  private func member(_ name: String, _ place: hid_t) throws -> Member {
    let set = H5Dopen2(place, name, 0)
    try #require(set >= 0)
    defer { H5Dclose(set) }
    let (space, type) = (H5Dget_space(set), H5Dget_type(set))
    defer {
      H5Sclose(space)
      H5Tclose(type)
    }
    var sizes = [hsize_t](repeating: 0, count: Int(H5Sget_simple_extent_ndims(space)))
    H5Sget_simple_extent_dims(space, &sizes, nil)
    let shape = sizes.map { Int($0) }
    guard H5Tequal(type, fusion_H5T_F32()) > 0 else { return Member(name: name, shape: shape, bits: nil) }
    var values = [Float](repeating: 0, count: shape.reduce(1, *))
    if !values.isEmpty { try #require(H5Dread(set, type, 0, 0, 0, &values) >= 0) }
    return Member(name: name, shape: shape, bits: values.map(\.bitPattern))
  }
}
