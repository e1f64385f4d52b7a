/// A reference to a value of a pickle, in four bytes: the kind of place that stores it, and an index there.
///
/// A text or number that can stay in the file needs no other memory: the index is the offset of its
/// instruction.
package struct PickleValue: Equatable {
  enum Place: UInt8 {
    /// None, false, true.
    case constant
    /// One of the allowed names.
    case global
    /// An instruction of the file.
    case file
    /// A text or bytes that had to be decoded.
    case decoded
    case tuple
    /// A list or a dict.
    case container
    case int, float
    /// Eight bytes of the file that are a little-endian float, as NumPy writes scalars.
    case littleEndianFloat
    case dtype, array
    /// A name that a `PickleUse` allows.
    case name
    /// A call that is not carried out, and a reference to something outside the pickle.
    case call, persistent
  }

  /// The place in the upper four bits, the index there in the others.
  package let bits: UInt32

  static let indexLimit = 1 << 28
  package static let none = PickleValue(.constant, 0)

  init(bits: UInt32) { self.bits = bits }

  init(_ place: Place, _ index: Int) {
    precondition(0..<Self.indexLimit ~= index, "a pickle has fewer values than its file has bytes")
    bits = UInt32(place.rawValue) << 28 | UInt32(index)
  }

  var place: Place { Place(rawValue: UInt8(bits >> 28))! }
  var index: Int { Int(bits & 0xFFF_FFFF) }
}
