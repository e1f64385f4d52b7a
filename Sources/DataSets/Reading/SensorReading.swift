import Basics
import Imagery
import Rasters

/// A band of a sensor as the manifest states it.
private struct StatedBand {
  let name: String
  let value: ManifestValue
  let span: GridSpan
  /// The band's number in its file, from 1; nil where nothing is stated.
  let index: Int?
  let file: Template?
}

extension ManifestReader {
  mutating func sensors(_ value: ManifestValue, _ grid: PatchGrid) throws -> [SensorRules] {
    let entries = try value.entries(of: "sensors", most: Limit.sensors)
    guard !entries.isEmpty else { throw value.error("is empty, expected at least one sensor") }
    return try entries.map { name, entry in
      try Self.checkName(name, entry)
      return try sensor(name, entry, grid)
    }
  }

  /// Names of sensors and inputs stand in configurations, lists and files: letters, digits, `_`, `-`.
  private static func checkName(_ name: String, _ value: ManifestValue) throws {
    let isPlain = name.unicodeScalars.allSatisfy {
      $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "-")
    }
    guard isPlain, name.count <= 32 else {
      throw value.error("is no name here; it has at most 32 letters, digits, '_' and '-'")
    }
  }

  private mutating func sensor(
    _ name: String, _ value: ManifestValue, _ grid: PatchGrid
  ) throws -> SensorRules {
    let group = try value.group([
      "files", "array", "layout", "type", "bands", "use", "unit", "title", "scale", "offset", "nodata",
      "invalid", "clip", "resample", "other_types",
    ])
    let known = SampleType.allCases
    let typeName = try group.required("type").choice(known.map(\.name))
    let type = known.first { $0.name == typeName }!
    let bands = try bands(try group.required("bands"), grid)
    if let files = group["files"], let array = group["array"] {
      throw array.error("stands beside \(files.path)", remedy: "keep one of them")
    }
    let spans = bands.map(\.span).reduce(into: [GridSpan]()) { if !$0.contains($1) { $0.append($1) } }
    let grids = spans.map { span in bands.filter { $0.span == span } }
    let place: SensorRules.Place
    if let array = group["array"] {
      place = try arrays(array, layout: try group.required("layout"), grids)
    } else {
      try group.refuse(["layout"], "belongs to sensors with an array")
      place = .files(try files(group["files"], grids, value))
    }
    let names = bands.map(\.name)
    let sensor = Sensor(
      name: name, title: try group["title"]?.text() ?? name, unit: try group["unit"]?.text() ?? "",
      cleaning: try group["clip"].map(Self.clip) ?? .none,
      grids: zip(grids, spans).map { .init(bands: $0.map(\.name), type: type, span: $1) }, bandNames: names,
      values: try Self.values(group, type))
    let used = try group["use"].map { try Self.chosen($0, of: names, "\(value.path).bands") } ?? names
    return SensorRules(sensor: sensor, place: place, usedBands: used)
  }

  /// Some bands of a sensor, by name.
  private static func chosen(_ value: ManifestValue, of names: [String], _ owner: String) throws -> [String] {
    let chosen = try value.texts(of: "bands", most: Limit.bands)
    if let stranger = chosen.first(where: { !names.contains($0) }) {
      throw value.error(
        "names the band '\(shownName(stranger))', which \(owner) has not",
        remedy: ManifestValue.meant(stranger, names) ?? "the bands are \(names.joined(separator: ", "))")
    }
    return chosen
  }

  static func inputs(_ value: ManifestValue, _ sensors: [SensorRules]) throws -> [Channels] {
    try value.entries(of: "inputs", most: Limit.sensors).map { name, entry in
      try checkName(name, entry)
      let names = sensors.map(\.sensor.name)
      guard !names.contains(name) else {
        throw entry.error("has the name of a sensor", remedy: "choose another name")
      }
      let group = try entry.group(["sensor", "bands"])
      let chosen = try group.required("sensor").choice(names)
      let sensor = sensors.first { $0.sensor.name == chosen }!.sensor
      let bands = try Self.chosen(
        try group.required("bands"), of: sensor.bandNames, "sensors.\(chosen).bands")
      return Channels(name: name, sensor: sensor, bands: bands)
    }
  }
}

// MARK: Bands and their places
extension ManifestReader {
  private mutating func bands(_ value: ManifestValue, _ grid: PatchGrid) throws -> [StatedBand] {
    let bands: [StatedBand]
    if case .sequence = value.node {
      bands = try value.texts(of: "bands", most: Limit.bands).map {
        StatedBand(name: $0, value: value, span: .same, index: nil, file: nil)
      }
    } else {
      bands = try value.entries(of: "bands", most: Limit.bands).map { name, entry in
        guard !entry.node.isNull else {
          return StatedBand(name: name, value: entry, span: .same, index: nil, file: nil)
        }
        let group = try entry.group(["pixel", "index", "file"])
        return StatedBand(
          name: name, value: entry, span: try group["pixel"].map(grid.span) ?? .same,
          index: try group["index"]?.whole(in: 1...65535),
          file: try group["file"].map { try path($0, .patch) })
      }
    }
    guard !bands.isEmpty else { throw value.error("is empty, expected at least one band") }
    for band in bands where band.name.contains(where: { "/{},\"".contains($0) }) || band.name.count > 64 {
      throw band.value.error(
        "has the band '\(shownName(band.name))'; a name has at most 64 characters and none of / { } , \"")
    }
    return bands
  }

  private mutating func arrays(
    _ array: ManifestValue, layout: ManifestValue, _ grids: [[StatedBand]]
  ) throws -> SensorRules.Place {
    for band in grids.joined() where band.index != nil || band.file != nil {
      throw band.value.error("has an index or a file, but the bands of an array stand in its order")
    }
    guard grids.count == 1 else {
      throw array.error("holds all bands in one grid, but their pixels have several widths")
    }
    let isChannelsFirst = try layout.choice(["HWC", "CHW"]) == "CHW"
    return .array(try arrayPlace(array, .patch), isChannelsFirst: isChannelsFirst)
  }

  private mutating func files(
    _ files: ManifestValue?, _ grids: [[StatedBand]], _ sensor: ManifestValue
  ) throws -> [[GridFile]] {
    guard let files else { return try grids.map { try Self.ownFiles($0, sensor) } }
    if let band = grids.joined().first(where: { $0.file != nil }) {
      throw band.value.error("has a file of its own beside \(files.path)", remedy: "keep one of them")
    }
    let template = try path(files, .patch, besides: [Manifest.bandField])
    if template.fields.contains(Manifest.bandField) {
      return try grids.map { bands in
        try bands.enumerated().map { place, band in
          let text = template.text.replacing("{\(Manifest.bandField)}", with: band.name)
          try Self.checkPath(text, files)
          return GridFile(
            path: try Self.parse(text, files), bands: [(place: place, number: band.index ?? 1)],
            mayHoldMore: band.index != nil)
        }
      }
    }
    guard grids.count == 1, let bands = grids.first else {
      throw files.error(
        "names one file for bands whose pixels have several widths", remedy: "name {band} in it")
    }
    let numbers = bands.compactMap(\.index)
    guard !numbers.isEmpty else { return [[GridFile(path: template, bands: nil)]] }
    guard numbers.count == bands.count else {
      let band = bands.first { $0.index == nil }!
      throw band.value.error(
        "has no index, but other bands of the file have one", remedy: "give all an index")
    }
    if let twice = bands.first(where: { band in
      bands.contains { $0.name != band.name && $0.index == band.index }
    }) {
      throw twice.value.error("has the index \(twice.index!), and so has another band")
    }
    return [
      [.init(path: template, bands: numbers.enumerated().map { (place: $0, number: $1) }, mayHoldMore: true)]
    ]
  }

  /// The files of a grid whose bands name them.
  private static func ownFiles(
    _ bands: [StatedBand], _ sensor: ManifestValue
  ) throws -> [GridFile] {
    var files: [GridFile] = []
    for (place, band) in bands.enumerated() {
      guard let path = band.file else {
        throw InputError(
          .data, sensor.place,
          "\(sensor.path) says no place for its samples: it has neither files nor array, and band "
            + "'\(shownName(band.name))' has no file", remedy: "add \(sensor.path).files")
      }
      let entry = (place: place, number: band.index ?? 1)
      guard let number = files.firstIndex(where: { $0.path == path }) else {
        files.append(.init(path: path, bands: [entry], mayHoldMore: band.index != nil))
        continue
      }
      let known = files[number].bands ?? []
      guard !known.contains(where: { $0.number == entry.number }) else {
        throw band.value.error(
          "is band \(entry.number) of '\(shownName(path.text))', and so is another band",
          remedy: "give each its index")
      }
      files[number] = .init(
        path: path, bands: known + [entry], mayHoldMore: files[number].mayHoldMore && band.index != nil)
    }
    return files
  }
}

// MARK: Values
extension ManifestReader {
  private static func clip(_ value: ManifestValue) throws -> Cleaning {
    let ends = try value.list(of: "two numbers", most: 2)
    guard ends.count == 2 else { throw value.unexpected("two numbers [low, high]") }
    let (low, high) = (Float(try ends[0].number()), Float(try ends[1].number()))
    guard low < high else {
      throw value.error("is \(value.node.found), expected [low, high] with low < high")
    }
    return .clip(low...high)
  }

  private static func values(_ group: ManifestGroup, _ type: SampleType) throws -> SampleRules {
    var scaling: SampleRules.Scaling?
    if group.has("scale") || group.has("offset") {
      let scale = Float(try group["scale"]?.number() ?? 1)
      guard scale != 0 else { throw try group.required("scale").error("is 0, which makes all samples equal") }
      scaling = .init(scale: scale, offset: Float(try group["offset"]?.number() ?? 0))
    }
    return SampleRules(
      scaling: scaling, nodata: try group["nodata"].map { try nodata($0, type) },
      invalid: Float(try group["invalid"]?.number() ?? 0),
      resampling: try group["resample"]?.choice(SampleRules.Resampling.self) ?? .nearest,
      // `convert`: files of another sample type are read where that loses nothing.
      acceptsOtherTypes: try group["other_types"]?.choice(["refuse", "convert"]) == "convert")
  }

  private static func nodata(_ value: ManifestValue, _ type: SampleType) throws -> Double {
    let range: ClosedRange<Double> =
      switch type {
      case .uint8: 0...255
      case .uint16: 0...65535
      case .int16: -32768...32767
      case .float32: -Double(Float.greatestFiniteMagnitude)...Double(Float.greatestFiniteMagnitude)
      case .float64: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
      }
    guard type.isInteger else { return try value.number(in: range, "a finite number of type \(type.name)") }
    let expected =
      "a whole number of type \(type.name), from \(Int(range.lowerBound)) to \(Int(range.upperBound))"
    let number = try value.number(in: range, expected)
    guard number == number.rounded() else { throw value.unexpected(expected) }
    return number
  }
}
