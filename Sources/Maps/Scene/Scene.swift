import Basics
import Imagery
import Rasters

/// The images of a scene, opened and brought to the pixels of the first one: what the windows of a network are cut from.
package struct Scene: Sendable {
  /// The bands of a sensor that the network needs, and where they lie.
  struct SensorBands: Sendable {
    struct Source: Sendable {
      let file: PlacedFile
      /// From 1.
      let band: Int
    }

    /// The sensor with these bands alone, as floats.
    let sensor: Sensor
    /// For each grid of the sensor the source of each of its bands.
    let grids: [[Source]]
    /// Added to stored numbers.
    let offset: Double
    /// Marks missing samples, besides what files declare.
    let nodata: Double?
  }

  struct Mask: Sendable {
    let file: PlacedFile
    let values: [ClosedRange<Int>]
  }

  /// The inputs of the network, with sensors that hold the needed bands alone.
  package let inputs: [Channels]
  /// The pixels of the scene: those that all images cover, within the bounds.
  package let grid: RasterGrid
  /// Remarks for the user.
  package let notes: [String]
  let sensors: [SensorBands]
  let masks: [Mask]
  /// The scene's first pixel among those of the first image.
  let column, row: Int

  package var size: PatchSize { grid.size }
  /// Number of samples of a pixel.
  package var samples: Int { sensors.reduce(0) { $0 + $1.grids.reduce(0) { $0 + $1.count } } }
  /// Pixels of which strides and windows must be multiples, because a band has coarser pixels.
  package var step: Int { Self.step(of: inputs) }

  /// Whether samples may be missing, as far as headers and options tell.
  var mayLackSamples: Bool {
    let files = sensors.flatMap { $0.grids.flatMap { $0.map(\.file.file) } }
    return !masks.isEmpty || sensors.contains { $0.nodata != nil }
      || files.contains { file in
        file.alpha != nil || file.bands.indices.contains { file.isMasked(band: $0 + 1) }
          || file.bands.contains { $0.isFloat || $0.nodata != nil }
      }
  }

  /// Opens all files of a request.
  /// - Parameter inputs: the inputs of the network.
  /// - Throws: `InputError`: usage for sensors and bands that the network does not have, and bounds outside the scene; data for
  ///   files that cannot be read, lack a band, or do not lie over each other.
  package init(_ request: SceneRequest, inputs: [Channels]) throws {
    let first = try SceneFile(request.images[0].path)
    let named = try SensorNames(inputs, request)
    var notes: [String] = []
    var placed: [PlacedFile] = []
    var sensors: [SensorBands] = []
    for name in named.order {
      let sensor = named.sensors[name]!
      let paths = named.paths[name]!
      let files = try paths.map { $0 == request.images[0].path ? first : try SceneFile($0) }
      let needed = sensor.bandNames
      let finder = BandFinder(sensor: named.whole[name]!, files: files)
      let places = try finder.places(of: needed, stated: request.bands[named.key[name]!])
      let used = Set(places.values.map(\.file))
      var own: [Int: PlacedFile] = [:]
      for number in used.sorted() {
        let spans = sensor.grids.filter { $0.bands.contains { places[$0]?.file == number } }.map(\.span)
        own[number] = try PlacedFile(
          files[number], on: first.grid, request.warp,
          repeats: { factor in spans.allSatisfy { $0 == GridSpan(patch: factor, grid: 1) } })
      }
      for (number, file) in files.enumerated() where !used.contains(number) {
        notes.append("\(file.path): the network needs none of its bands")
      }
      placed += own.sorted { $0.key < $1.key }.map(\.value)
      sensors.append(
        SensorBands(
          sensor: sensor,
          grids: sensor.grids.map { grid in
            grid.bands.map { .init(file: own[places[$0]!.file]!, band: places[$0]!.band) }
          }, offset: request.offsets[named.key[name]!] ?? 0, nodata: request.nodata[named.key[name]!]))
    }
    masks = try request.masks.map {
      Mask(
        file: try PlacedFile(
          try SceneFile($0.path), on: first.grid, request.warp.map { _ in .nearest }, repeats: { _ in true }),
        values: $0.values)
    }
    let extent = try SceneExtent(
      first.grid, placed + masks.map(\.file), request.bounds, step: Self.step(of: named.inputs))
    self.inputs = named.inputs
    self.sensors = sensors
    self.notes = notes + extent.notes
    (column, row) = (extent.columns.lowerBound, extent.rows.lowerBound)
    grid = first.grid.part(columns: extent.columns, rows: extent.rows)
  }

  private static func step(of inputs: [Channels]) -> Int {
    let spans = inputs.flatMap(\.sensor.grids).map(\.span.patch)
    return spans.reduce(1) { step, span in
      var (a, b) = (step, span)
      while b != 0 { (a, b) = (b, a % b) }
      return step / a * span
    }
  }
}

/// The sensors of a network, and the images that a user gives of each.
private struct SensorNames {
  /// Names of sensors, in the order of the network's inputs.
  private(set) var order: [String] = []
  /// The sensors with the bands that the network needs.
  private(set) var sensors: [String: Sensor] = [:]
  /// The sensors with all their bands.
  private(set) var whole: [String: Sensor] = [:]
  /// How the user names each sensor, and the files of each.
  private(set) var key: [String: String] = [:]
  private(set) var paths: [String: [String]] = [:]
  private(set) var inputs: [Channels] = []

  init(_ inputs: [Channels], _ request: SceneRequest) throws {
    for input in inputs where whole[input.sensor.name] == nil {
      let sensor = input.sensor
      let needed = Set(inputs.filter { $0.sensor.name == sensor.name }.flatMap(\.bandNames))
      order.append(sensor.name)
      whole[sensor.name] = sensor
      sensors[sensor.name] = sensor.keeping(needed)
    }
    self.inputs = inputs.map {
      Channels(name: $0.name, sensor: sensors[$0.sensor.name]!, bands: $0.bandNames)
    }
    for image in request.images {
      let match = inputs.first { $0.sensor.name == image.sensor || $0.name == image.sensor }
      guard let sensor = match?.sensor.name else { throw Self.unknown(image.sensor, inputs) }
      if let other = key[sensor], other != image.sensor {
        throw InputError(
          .usage, "--image", "'\(other)' and '\(image.sensor)' are the same sensor", remedy: "use one name")
      }
      key[sensor] = image.sensor
      paths[sensor, default: []].append(image.path)
    }
    for input in inputs where paths[input.sensor.name] == nil {
      throw InputError(
        .usage, "--image",
        "the network sees \(Self.text(inputs)), and no image of \(input.sensor.name) is given",
        remedy: "give --image \(input.sensor.name)=FILE")
    }
  }

  private static func unknown(_ name: String, _ inputs: [Channels]) -> InputError {
    let names = inputs.map(\.sensor.name)
    return InputError(
      .usage, "--image \(shownName(name))", "the network sees \(text(inputs)), no '\(shownName(name))'",
      remedy: Spelling.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
        ?? "leave that image out")
  }

  private static func text(_ inputs: [Channels]) -> String {
    inputs.map { "\($0.sensor.name) (\($0.bandNames.joined(separator: " ")))" }.joined(separator: " and ")
  }
}

extension Sensor {
  /// The sensor with some of its bands, whose samples come as floats: NaN for a missing one.
  fileprivate func keeping(_ names: Set<String>) -> Sensor {
    let grids = grids.compactMap { grid -> Grid? in
      let bands = grid.bands.filter(names.contains)
      return bands.isEmpty ? nil : Grid(bands: bands, type: .float32, span: grid.span)
    }
    var rules = values
    rules.nodata = nil
    return Sensor(
      name: name, title: title, unit: unit, cleaning: cleaning, grids: grids,
      bandNames: bandNames.filter(names.contains), values: rules)
  }
}
