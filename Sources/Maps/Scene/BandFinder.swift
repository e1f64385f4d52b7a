import Basics
import Imagery
import Rasters

/// Finds the bands that a network needs in the files of one sensor.
struct BandFinder {
  /// A band of a file, numbered from 1.
  struct Place: Equatable, Sendable {
    /// Number of the file among those of the sensor.
    let file: Int
    let band: Int
  }

  let sensor: Sensor
  let files: [SceneFile]

  /// - Parameters:
  ///   - names: the bands that are needed.
  ///   - stated: names of the bands of all files, one after the other, as the user gives them; nil for none.
  /// - Returns: the place of each needed band.
  /// - Throws: `InputError`: usage for names that do not fit the files; data for a band that no file or two files have.
  func places(of names: [String], stated: [String]?) throws -> [String: Place] {
    let found = try stated.map { try named($0) } ?? described()
    var places: [String: Place] = [:]
    for name in names {
      let matches = found.filter { BandName.isSame($0.name, name) }
      guard let first = matches.first else { throw absent(name, among: names, found.map(\.name)) }
      guard matches.count == 1 else {
        throw InputError(
          .data, files[matches[1].place.file].path,
          "band \(name) is its band \(matches[1].place.band), and band \(first.place.band) of "
            + files[first.place.file].path,
          remedy: "name one of them '-' with --bands \(sensor.name)=…")
      }
      places[name] = first.place
    }
    return places
  }

  /// The bands of all files but those that say which pixels are missing.
  private var all: [Place] {
    files.indices.flatMap { file in
      files[file].bands.indices.filter { !files[file].bands[$0].isAlpha }.map {
        Place(file: file, band: $0 + 1)
      }
    }
  }

  private func named(_ names: [String]) throws -> [(name: String, place: Place)] {
    let all = all
    guard names.count == all.count else {
      throw InputError(
        .usage, "--bands \(sensor.name)",
        "names \(counted(names.count, "band")), but the \(counted(files.count, "file")) of \(sensor.name) "
          + "\(files.count == 1 ? "has" : "have") \(all.count)",
        remedy: "name every band, in the order of the files, and '-' for one that is not used")
    }
    if let stranger = names.first(where: { name in
      name != "-" && !sensor.bandNames.contains { BandName.isSame($0, name) }
    }) {
      throw InputError(
        .usage, "--bands \(sensor.name)", "\(sensor.title) has no band '\(shownName(stranger))'",
        remedy: Spelling.nearest(to: stranger, among: sensor.bandNames).map { "did you mean '\($0)'?" }
          ?? "it has " + sensor.bandNames.joined(separator: ", "))
    }
    return zip(names, all).filter { $0.0 != "-" }.map { ($0, $1) }
  }

  /// The bands by their descriptions; else by the name of a file of one band; else by their order in a file of all bands.
  private func described() -> [(name: String, place: Place)] {
    let format = RasterFormat(title: sensor.title, bandNames: sensor.bandNames, type: .float32)
    return files.indices.flatMap { file -> [(name: String, place: Place)] in
      let own = all.filter { $0.file == file }
      let named = own.compactMap { place in
        format.band(named: files[file].bands[place.band - 1].description).map { ($0, place) }
      }
      if !named.isEmpty { return named }
      if own.count == 1, let name = format.band(named: Path.name(of: files[file].path)) {
        return [(name, own[0])]
      }
      let isWhole = own.count == sensor.bandNames.count
      return isWhole ? zip(sensor.bandNames, own).map { ($0, $1) } : []
    }
  }

  private func absent(_ name: String, among names: [String], _ found: [String]) -> InputError {
    let needed = names.joined(separator: ",")
    guard !found.isEmpty else {
      return InputError(
        .data, files[0].path,
        "has \(counted(all.count, "band")) without names, and \(sensor.title) has \(sensor.bandNames.count), of which the "
          + "network needs \(counted(names.count, "band"))",
        remedy: "name the bands of the file in their order, e.g. --bands \(sensor.name)=\(needed)")
    }
    let others = files.count == 1 ? "" : " and \(counted(files.count - 1, "other file"))"
    return InputError(
      .data, files[0].path,
      "the network needs band \(name) of \(sensor.title), but this file\(others) \(files.count == 1 ? "has" : "have") "
        + found.joined(separator: ", "),
      remedy: "give a file with that band too, or name the bands with --bands \(sensor.name)=…")
  }
}
