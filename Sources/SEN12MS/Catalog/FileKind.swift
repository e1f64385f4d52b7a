/// The three files of a patch.
package enum FileKind: String, CaseIterable, Sendable {
  /// Sentinel-1 backscatter, 2 bands in dB.
  case s1
  /// Sentinel-2 reflectance × 10⁴, 13 bands.
  case s2
  /// Land cover, 4 bands of class numbers.
  case lc
}

/// The season of a region of interest, in the order of the names.
package enum Season: UInt8, CaseIterable, Sendable {
  case fall, spring, summer, winter

  /// In the order of the year.
  package static let ofTheYear: [Season] = [.spring, .summer, .fall, .winter]

  /// As in folder and file names.
  package var name: String {
    switch self {
    case .fall: "fall"
    case .spring: "spring"
    case .summer: "summer"
    case .winter: "winter"
    }
  }
}
