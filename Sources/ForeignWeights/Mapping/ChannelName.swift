/// Names of bands across data sets and weight files.
enum ChannelName {
  /// `B2` for `B02`: the name without the zero before a number.
  static func plain(_ band: some StringProtocol) -> String {
    let name = String(band)
    guard name.count > 2, name.uppercased().hasPrefix("B0") else { return name }
    return "B\(name.dropFirst(2))"
  }
}
