import Basics

/// The dimensions of a data set.
enum HDF5Shape {
  /// Reads a dataspace message: lengths of the dimensions, none for a scalar.
  static func read(_ body: ArraySlice<UInt8>, of what: String) throws(HDF5Damage) -> [Int] {
    var cursor = HDF5Cursor(body, of: what)
    let version = try cursor.byte()
    let rank = Int(try cursor.byte())
    _ = try cursor.byte()
    // Version 2 says whether there is one element (0) or dimensions (1). Version 1 has a gap instead.
    let kind = try cursor.byte()
    let expected: UInt8 = version == 2 && rank > 0 ? 1 : 0
    guard [1, 2].contains(version), kind == expected, rank <= TensorSize.rankLimit else {
      throw HDF5Damage("\(what) has a shape of an unknown form")
    }
    if version == 1 { _ = try cursor.take(4) }
    var lengths: [Int] = []
    for _ in 0..<rank { lengths.append(try cursor.count(8)) }
    return lengths
  }
}

/// The elements of a data set: their type, their shape, and where they lie in the file.
package struct HDF5DataSet {
  package let type: HDF5Type
  package let shape: [Int]
  /// Where the elements begin in the file; 0 where there are none.
  package let offset: Int
  /// Bytes of all elements.
  package let count: Int

  /// Reads the header of a data set and checks that every element lies in the file.
  init(_ header: HDF5ObjectHeader, in storage: HDF5Storage) throws {
    let name = "'\(header.name)'"
    guard let space = try header.body(.dataspace), let stored = try header.body(.datatype),
      let layout = try header.body(.layout)
    else { throw HDF5Damage("\(name) is not a data set") }
    guard header.bodies(.filters).isEmpty, header.bodies(.externalFiles).isEmpty,
      let type = try HDF5Type(stored)
    else { throw HDF5Damage("\(name) is stored in a way that no checkpoint has") }
    self.type = type
    shape = try HDF5Shape.read(space, of: name)
    var cursor = HDF5Cursor(layout, of: name)
    // Version 3 or 4; the two do not differ for elements in one piece.
    guard [3, 4].contains(try cursor.byte()), try cursor.byte() == 1 else {
      throw HDF5Damage("\(name) is not stored in one piece")
    }
    let address = try cursor.address()
    count = try cursor.count(8)
    guard TensorSize.bytes(shape: shape, elementBytes: type.bytes) == count else {
      throw HDF5Damage(
        "\(name) has the shape \(TensorSize.shown(shape)), which does not fit its \(count) bytes")
    }
    if count == 0 {
      offset = 0
    } else if let address {
      offset = try storage.elements(at: address, count: count, name)
    } else {
      throw HDF5Damage("\(name) has no elements")
    }
  }
}
