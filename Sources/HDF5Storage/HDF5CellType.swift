import CHDF5

/// The types of the elements of tables and chunks.
package enum HDF5CellType: Hashable, Sendable {
  case uint8, uint16, int16, uint32, int64, float32, float64
  /// A text in UTF-8 of at most this many bytes, filled up with zeros.
  case text(Int)

  /// Bytes of an element.
  package var bytes: Int {
    switch self {
    case .uint8: 1
    case .uint16, .int16: 2
    case .uint32, .float32: 4
    case .int64, .float64: 8
    case .text(let size): size
    }
  }

  /// HDF5's type; nil for a text, whose type is made.
  var number: hid_t? {
    switch self {
    case .uint8: fusion_H5T_U8()
    case .uint16: fusion_H5T_U16()
    case .int16: fusion_H5T_I16()
    case .uint32: fusion_H5T_U32()
    case .int64: fusion_H5T_I64()
    case .float32: fusion_H5T_F32()
    case .float64: fusion_H5T_F64()
    case .text: nil
    }
  }
}
