/// The rule that fills reference networks and inputs, so that no weights have to be stored. Every value is computed
/// from a hash of the tensor's name and the element's row-major index (Fixtures/README.md, §1).
package struct DeterministicFill: Sendable {
  /// Maps u, uniform in (0, 1), to a value. Values are computed in float64 and rounded once.
  package enum Distribution: Sendable {
    /// width · (u − ½)
    case centred(width: Double)
    /// low + width · u
    case from(Double, width: Double)
  }

  /// FNV-1a of the name; the seed of the set is 0.
  package let salt: UInt32

  package init(_ name: String) {
    salt = name.utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }

  @inline(__always)
  package func hash(_ index: Int) -> UInt32 {
    var h = UInt32(truncatingIfNeeded: index) &* 2_654_435_761 &+ salt
    h = (h ^ (h &>> 16)) &* 0x85EB_CA6B
    h = (h ^ (h &>> 13)) &* 0xC2B2_AE35
    return h ^ (h &>> 16)
  }

  /// The uniform number of an element, in (0, 1).
  @inline(__always)
  package func uniform(_ index: Int) -> Double { (Double(hash(index)) + 0.5) * 0x1p-32 }

  /// The first `count` elements of the tensor. Networks have tens of millions of elements, so the loop uses pointers,
  /// which are fast enough in debug builds.
  package func values(_ count: Int, _ distribution: Distribution) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
      let out = buffer.baseAddress!
      var index = 0
      switch distribution {
      case .centred(let width):
        while index < count {
          out[index] = Float((uniform(index) - 0.5) * width)
          index &+= 1
        }
      case .from(let low, let width):
        while index < count {
          out[index] = Float(low + width * uniform(index))
          index &+= 1
        }
      }
      initialised = count
    }
  }
}
