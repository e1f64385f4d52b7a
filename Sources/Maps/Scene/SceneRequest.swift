import Basics
import Rasters

/// What a user asks of a scene: its images, and what of them counts.
package struct SceneRequest: Sendable {
  package struct Image: Equatable, Sendable {
    /// The sensor as the user names it: "s2".
    package let sensor: String
    package let path: String
  }

  /// A file of class numbers, and the numbers whose pixels are left out.
  package struct Mask: Equatable, Sendable {
    package let path: String
    package let values: [ClosedRange<Int>]

    /// "0, 1, 3, 8-10".
    package var text: String {
      values.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        .joined(separator: ",")
    }
  }

  /// A part of the scene in the coordinates of its first image.
  package struct Bounds: Equatable, Sendable {
    package let west, south, east, north: Double
  }

  /// In the order of the command line. The first one's pixels are those of the scene.
  package let images: [Image]
  /// Names of the bands of a sensor's files, file by file; "-" for a band that is not used.
  package let bands: [String: [String]]
  /// What is added to the stored numbers of a sensor.
  package let offsets: [String: Double]
  /// The stored number that marks missing samples of a sensor, besides what its files declare.
  package let nodata: [String: Double]
  package let masks: [Mask]
  package let bounds: Bounds?
  /// How images on other grids are brought to the first one's; nil where they are refused.
  package let warp: Resampling?

  /// Reads the words of a command line.
  /// - Parameters:
  ///   - images, bands, offsets, nodata: "s2=SCENE.tif", "s2=B02,B03", "s2=-1000", "s2=0".
  ///   - masks: "SCL.tif:0,1,8-10".
  ///   - bounds: "500000,5200000,510000,5210000": west, south, east, north.
  /// - Throws: `InputError` (usage) for words of another form.
  package init(
    images: [String], bands: [String] = [], offsets: [String] = [], nodata: [String] = [],
    masks: [String] = [], bounds: String? = nil, warp: Resampling? = nil
  ) throws {
    self.images = try images.map {
      let (sensor, path) = try Self.pair($0, "--image", "s2=SCENE.tif")
      return Image(sensor: sensor, path: path)
    }
    guard !self.images.isEmpty else {
      throw InputError(
        .usage, "--image", "no image is given", remedy: "give one for each sensor, e.g. --image s2=SCENE.tif")
    }
    self.bands = try Self.entries(bands, "--bands", "s2=B02,B03,B04") { text in
      text.split(separator: ",", omittingEmptySubsequences: false).map { String($0) }
    }
    self.offsets = try Self.entries(offsets, "--offset", "s2=-1000") { Double($0) }
    self.nodata = try Self.entries(nodata, "--nodata", "s2=0") { Double($0) }
    self.masks = try masks.map(Self.mask)
    self.bounds = try bounds.map(Self.bounds)
    self.warp = warp
    let known = Set(self.images.map(\.sensor))
    let others = [
      ("--bands", self.bands.keys.sorted()), ("--offset", self.offsets.keys.sorted()),
      ("--nodata", self.nodata.keys.sorted()),
    ]
    for (flag, sensors) in others {
      guard let stranger = sensors.first(where: { !known.contains($0) }) else { continue }
      throw InputError(
        .usage, flag, "no image of '\(shownName(stranger))' is given",
        remedy: "the images are of \(known.sorted().joined(separator: ", "))")
    }
  }

  private static func pair(_ text: String, _ flag: String, _ example: String) throws -> (String, String) {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex,
      text.index(after: sign) != text.endIndex
    else {
      throw InputError(
        .usage, "\(flag) \(shownName(text))", "expected a sensor and a value, as in \(example)",
        remedy: "write \(flag) \(example)")
    }
    return (String(text[..<sign]), String(text[text.index(after: sign)...]))
  }

  private static func entries<Value>(
    _ texts: [String], _ flag: String, _ example: String, _ value: (String) -> Value?
  ) throws -> [String: Value] {
    var entries: [String: Value] = [:]
    for text in texts {
      let (sensor, word) = try pair(text, flag, example)
      guard let value = value(word), entries.updateValue(value, forKey: sensor) == nil else {
        throw InputError(
          .usage, "\(flag) \(shownName(text))",
          entries[sensor] == nil ? "'\(shownName(word))' is no number" : "is given twice for \(sensor)",
          remedy: "write \(flag) \(example)")
      }
    }
    return entries
  }

  private static func mask(_ text: String) throws -> Mask {
    func problem(_ problem: String) -> InputError {
      InputError(
        .usage, "--mask \(shownName(text))", problem,
        remedy: "name a file and the numbers to leave out, e.g. --mask SCL.tif:0,1,3,8-10")
    }
    guard let sign = text.lastIndex(of: ":"), sign != text.startIndex else {
      throw problem("no numbers are given")
    }
    let values = try text[text.index(after: sign)...].split(
      separator: ",", omittingEmptySubsequences: false
    ).map { word -> ClosedRange<Int> in
      let ends = word.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      switch ends.count {
      case 1:
        if let value = ends[0] { return value...value }
      case 2:
        if let low = ends[0], let high = ends[1], low <= high { return low...high }
      default: break
      }
      throw problem("'\(shownName(String(word)))' is no whole number or range")
    }
    return Mask(path: String(text[..<sign]), values: values)
  }

  private static func bounds(_ text: String) throws -> Bounds {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard numbers.count == 4, let west = numbers[0], let south = numbers[1], let east = numbers[2],
      let north = numbers[3], west < east, south < north, numbers.allSatisfy({ $0!.isFinite })
    else {
      throw InputError(
        .usage, "--bounds \(shownName(text))", "expected west, south, east and north, as four rising numbers",
        remedy:
          "write them in the coordinates of the first image, e.g. --bounds 500000,5200000,510000,5210000")
    }
    return Bounds(west: west, south: south, east: east, north: north)
  }
}
