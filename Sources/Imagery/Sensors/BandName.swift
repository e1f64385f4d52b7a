/// Names of bands across data sets.
package enum BandName {
  /// Whether two data sets mean the same band: `B2` and `B02` do. Within a data set names are compared as written.
  package static func isSame(_ a: String, _ b: String) -> Bool { plain(a) == plain(b) }

  /// The name with the zeros left out that stand before a number: `B2` for `B02`, and `B10` for itself.
  package static func plain(_ name: String) -> String {
    var result = ""
    for scalar in name.unicodeScalars {
      if ("0"..."9").contains(scalar), let last = result.unicodeScalars.last, last == "0",
        result.unicodeScalars.dropLast().last.map({ !("0"..."9").contains($0) }) ?? true
      {
        result.unicodeScalars.removeLast()
      }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}
