import Basics
import DataSets
import Experiments
import Foundation
import Imagery
import Pictures
import Rasters
import SEN12MS

extension ShownPatch {
  /// An image file alone, without its data set: what its bands are follows from their descriptions, from the colours that the
  /// file says they are, or from their number and type.
  /// - Parameter side: the longest side of a picture in pixels.
  /// - Throws: `InputError` (data) for a file that cannot be read.
  package static func file(_ path: String, side: Int) throws -> ShownPatch {
    var name = Path.name(of: path)
    let kind = name.withUTF8 { PatchID.parse(UnsafeRawBufferPointer($0))?.kind }
    let image = try GeoTIFFReader().image(of: path, side: max(side, 256), mostBands: Channels.mostBands)
    let content = FileContent(image, kind)
    var pictures = content.pictures(side: side)
    if !content.classes.isEmpty {
      let shown = content.classes.compactMap { own in
        Colour(hex: own.colour).map { ShownClass(own.name, $0, share: own.share) }
      }
      pictures.append(try .classes(shown, side: side))
    }
    let values = PatchValues(
      name: path, height: image.fileSize.height, width: image.fileSize.width,
      sensors: [content.values(source: path)], classes: content.classes)
    return ShownPatch(title: Path.name(of: path), pictures: pictures, values: values)
  }
}

/// What a file holds, as far as it can be told.
private struct FileContent {
  let image: RasterImage
  let sensor: Sensor
  /// The colour and the name of each number, where the first band holds class numbers.
  private let legend: [Int: (name: String, colour: Colour)]

  /// - Parameter kind: the kind of file of SEN12MS that the name tells; nil for any other.
  init(_ image: RasterImage, _ kind: FileKind?) {
    self.image = image
    if kind == .lc {
      let names = IGBPFractions.classNames
      legend = Dictionary(
        uniqueKeysWithValues: names.enumerated().compactMap { number, name in
          Manifest.sen12ms.colour(ofClass: name).map { (number + 1, (name, $0)) }
        })
    } else if let palette = image.bands[0].palette {
      let names = image.categories
      legend = Dictionary(
        uniqueKeysWithValues: palette.enumerated().map { number, colour in
          let name = number < names.count && !names[number].isEmpty ? names[number] : "class \(number)"
          return (number, (name, colour))
        })
    } else {
      legend = [:]
    }
    sensor = Self.sensor(of: image, kind)
  }

  /// The file as a sensor with named bands.
  private static func sensor(of image: RasterImage, _ kind: FileKind?) -> Sensor {
    let count = image.bands.count
    if let kind, kind.sensor.bandNames.count == count { return kind.sensor }
    var names = image.bands.map(\.name).enumerated().map { place, name in
      name.map(known) ?? "band \(place + 1)"
    }
    if image.bands.allSatisfy({ $0.name == nil }) {
      if count == Sensor.sentinel2.bandNames.count { names = Sensor.sentinel2.bandNames }
      if count == 2, image.type == "float32" { names = Sensor.sentinel1.bandNames }
    }
    if Set(names).count < count { names = (1...count).map { "band \($0)" } }
    return Sensor(
      name: "file", title: "the file", unit: unit(of: image, names), cleaning: .none,
      grids: [.init(bands: names, type: .float32)])
  }

  /// The name of a band in a description such as "B4, central wavelength 665 nm"; else the description.
  private static func known(_ description: String) -> String {
    let formats = [FileKind.s2.format, FileKind.s1.format]
    return formats.lazy.compactMap { $0.band(named: description) }.first ?? description
  }

  /// Numbers with colours are classes, other bytes are brightness, and floats from 0 to 1 are probabilities. Radar bands whose values are mostly negative are in dB. Numbers of Sentinel-2 above 50 are
  /// reflectance × 10⁴.
  private static func unit(of image: RasterImage, _ names: [String]) -> String {
    if image.bands[0].palette != nil { return "class numbers" }
    if image.type == "uint8" { return "brightness" }
    let median = PatchValues.Band("", image.bands[0].values).median ?? 0
    if names.contains(where: ["VV", "VH", "HH", "HV"].contains) { return median < 0 ? "dB" : "" }
    if names.contains(where: Sensor.sentinel2.bandNames.contains) {
      return median > 50 ? Sensor.sentinel2.unit : "reflectance"
    }
    let areShares = image.bands.allSatisfy { band in
      band.values.allSatisfy { $0.isNaN || (0...1).contains($0) }
    }
    return areShares ? "probability" : ""
  }

  func values(source: String) -> PatchValues.Sensor {
    let bands = zip(sensor.bandNames, image.bands).map { PatchValues.Band($0, $1.values) }
    return PatchValues.Sensor(
      sensor: sensor.name, title: sensor.title, unit: sensor.unit, source: source, bands: bands)
  }

  /// The classes of the first band that occur, the most frequent first; empty where it holds none.
  var classes: [PatchValues.Class] {
    var counts: [Int: Int] = [:]
    for value in image.bands[0].values where value.isFinite { counts[Int(value), default: 0] += 1 }
    let known = counts.compactMap { number, count in legend[number].map { (number, $0, count) } }
    return known.sorted { ($1.2, $0.0) < ($0.2, $1.0) }.map { _, own, count in
      PatchValues.Class(
        name: own.name, colour: own.colour.hex, share: Double(count) / Double(image.size.pixels), isTrue: nil,
        probability: nil, isPredicted: nil)
    }
  }

  func pictures(side: Int) -> [PatchPicture] {
    guard legend.isEmpty else {
      let values = image.bands[0].values
      let picture = Picture(width: image.size.width, height: image.size.height) { row, column in
        let value = values[row * image.size.width + column]
        return value.isFinite ? legend[Int(value)]?.colour ?? .noClass(row, column) : .missing
      }
      return [
        PatchPicture(
          kind: .labelMap, title: "label map", detail: sensor.bandNames[0],
          picture: picture.limited(to: side, averages: false))
      ]
    }
    var samples: [Float] = []
    samples.reserveCapacity(image.size.pixels * image.bands.count)
    for pixel in 0..<image.size.pixels { samples += image.bands.map { $0.values[pixel] } }
    let used = sensor.bandNames.filter { $0 != "alpha" }
    return SensorViews(of: sensor, used: used, statistics: Manifest.sen12ms.statedNormalisation).views.map {
      view in
      let (picture, detail) = view.picture(samples, sensor.bandNames, image.size)
      return PatchPicture(
        kind: view.kind, title: view.title, detail: detail, picture: picture.limited(to: side))
    }
  }
}
