/// The bands in the metadata of a file that this program has written: `s2: B2 B3; s1: VV VH`.
struct OwnBands {
  private let sensors: [(name: String, bands: [String])]

  init?(_ metadata: [String: String]) {
    guard let text = metadata["bands"], metadata["architecture"] != nil else { return nil }
    sensors = text.split(separator: ";").map { part in
      let halves = part.split(separator: ":", maxSplits: 1)
      return (
        (halves.first ?? "").filter { $0 != " " },
        (halves.dropFirst().first ?? "").split(separator: " ").map(ChannelName.plain)
      )
    }
  }

  /// The bands that a first convolution of so many channels sees; nil where they are not known.
  func bands(of prefix: String, channels: Int) -> [String]? {
    let candidates = [sensors.flatMap(\.bands)] + sensors.map(\.bands)
    let own = sensors.filter { $0.name + "." == prefix }.map(\.bands)
    return (own + candidates).first { $0.count == channels }
  }
}
