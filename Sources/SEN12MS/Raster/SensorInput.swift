/// What one branch of a network sees: a choice of bands of one sensor's files.
package enum SensorInput: String, CaseIterable, Codable, Sendable {
  /// Sentinel-1 backscatter in dB: VV and VH.
  case s1
  /// Sentinel-2 reflectance × 10⁴: the ten bands of 10 m and 20 m resolution.
  case s2
  /// Sentinel-2 reflectance × 10⁴: B2, B3 and B4, in this order.
  case rgb

  /// The sensor whose files hold the bands.
  package var kind: FileKind { self == .s1 ? .s1 : .s2 }

  /// Indices of the bands in the file, the first band being 1.
  package var fileBands: [Int] {
    switch self {
    case .s1: [1, 2]
    case .s2: [2, 3, 4, 5, 6, 7, 8, 9, 12, 13]
    case .rgb: [2, 3, 4]
    }
  }

  /// Names of the bands in the order in which a batch holds them.
  package var bandNames: [String] { fileBands.map { kind.bandNames[$0 - 1] } }

  package var bandCount: Int { fileBands.count }
}
