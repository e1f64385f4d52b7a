import Basics

/// The order of a file's bands, read from their descriptions.
enum BandNames {
  enum Order: Equatable {
    /// No description is a band name of the format, so the bands stand in the format's order.
    /// `isDescribed`: some band has a description all the same.
    case byPosition(isDescribed: Bool)
    /// For each band of the format, its position in the file, from 0.
    case byName([Int])
  }

  /// What is wrong with the descriptions of a file.
  struct Conflict: Error {
    let problem: String
  }

  /// - Parameter descriptions: one text for each band of the file; empty for a band without a description.
  /// - Throws: `Conflict` when some descriptions name bands and others do not, or two name the same band.
  static func order(of descriptions: [String], _ format: RasterFormat) throws(Conflict) -> Order {
    let named = descriptions.map { band($0, format) }
    let isDescribed = descriptions.contains { !$0.isEmpty }
    guard named.contains(where: { $0 != nil }) else { return .byPosition(isDescribed: isDescribed) }
    var places = [Int?](repeating: nil, count: format.bandNames.count)
    for (place, band) in named.enumerated() {
      guard let band else {
        let known = named.compactMap { $0 }.map { format.bandNames[$0] }
        let text = descriptions[place]
        throw Conflict(
          problem: "band \(place + 1) is called '\(shownName(text))', which is no \(format.title) band, "
            + "but others are called \(firstNames(known))")
      }
      if let other = places[band] {
        throw Conflict(
          problem: "bands \(other + 1) and \(place + 1) are both called \(format.bandNames[band])")
      }
      places[band] = place
    }
    let order = places.compactMap { $0 }
    precondition(order.count == format.bandNames.count, "every band of the format must have a position")
    return .byName(order)
  }

  /// The index of the band that a description names, from 0; nil when it names no band, or more than one.
  ///
  /// Descriptions are such as `VV`, `Sigma0_VV_db`, `B2`, `B02`, `Band 2`, `B4, central wavelength 665 nm`.
  static func band(_ description: String, _ format: RasterFormat) -> Int? {
    let names = format.bandNames.map { $0.lowercased() }
    if let whole = names.firstIndex(of: description.lowercased()) { return whole }
    let words = description.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(
      String.init)
    var found: Set<Int> = []
    for (position, word) in words.enumerated() {
      let isNumber = position > 0 && words[position - 1] == "band"
      if let band = names.firstIndex(of: format.numbersBands ? plain(isNumber ? "b" + word : word) : word) {
        found.insert(band)
      }
    }
    return found.count == 1 ? found.first : nil
  }

  /// `b2` for `b02`; any other word unchanged.
  private static func plain(_ word: String) -> String {
    word.hasPrefix("b0") ? "b" + word.dropFirst(2) : word
  }
}

extension RasterFormat {
  /// The band that a description or the name of a file names; nil when it names no band, or more than one.
  package func band(named description: String) -> String? {
    BandNames.band(description, self).map { bandNames[$0] }
  }
}
