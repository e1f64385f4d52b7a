import Basics
import Foundation
import Pictures
import Presentation

/// Patches and files on one picture, and their numbers as text.
package struct PatchSheet: Sendable {
  package let patches: [ShownPatch]
  /// Width and height of the place of a picture, pixels.
  private let side: Int

  /// - Parameter side: as it was given to make the pictures.
  package init(_ patches: [ShownPatch], side: Int) { (self.patches, self.side) = (patches, side) }

  /// Pictures beside each other where one patch is shown; several patches have a row each.
  private static let columns = 4
  private static let mostColumns = 7

  /// The bytes of a PNG file.
  /// - Throws: `InputError`: usage for more patches than one picture can show; environment for lack of memory.
  package func png() throws -> [UInt8] {
    let isOne = patches.count == 1
    let columns = isOne ? Self.columns : Self.mostColumns
    let shown = min(columns, patches.map(\.pictures.count).max() ?? 1)
    // Letters of 11 pixels are about 5.5 pixels wide.
    let letters = max(24, shown * side / 6)
    let rows = patches.map { patch in
      ContactSheet.Row(
        patch.title,
        tiles: patch.pictures.map { .init($0.title, $0.picture, caption: $0.detail) },
        lines: (isOne ? patch.values.bandLines(letters) : []) + patch.values.classLines(letters))
    }
    return try ContactSheet(rows: rows, side: side, columns: columns).picture().png()
  }

  /// The numbers as tables.
  package func text(_ style: TextStyle) -> String {
    patches.map { patch in
      style.bold(patch.values.name.printable) + "\n" + patch.values.text(style)
    }.joined(separator: "\n")
  }

  /// The numbers, and the path of the picture.
  /// - Throws: for a number that JSON cannot hold.
  package func json(picture: String) throws -> String {
    String(
      decoding: try ReportJSON.encode(Document(picture: picture, patches: patches.map(\.values))),
      as: UTF8.self)
  }

  private struct Document: Encodable {
    let picture: String
    let patches: [PatchValues]
  }
}

extension PatchValues {
  /// The size, and minimum, median and maximum of each band.
  /// - Parameter letters: about the length of a line.
  fileprivate func bandLines(_ letters: Int) -> [String] {
    let lines = sensors.flatMap { sensor in
      let unit = sensor.unit.isEmpty ? "" : " (\(sensor.unit))"
      let head = "\(sensor.title)\(unit), \(Path.name(of: sensor.source)), minimum / median / maximum:"
      let bands = sensor.bands.map { band in
        let missing = band.missing > 0 ? " (\(NumberText.grouped(band.missing)) missing)" : ""
        let numbers = [band.minimum, band.median, band.maximum].map(Self.figure).joined(separator: " / ")
        return "\(band.band) \(numbers)\(missing)"
      }
      return Self.lines([head] + bands, letters)
    }
    return ["\(height)×\(width) pixels (height×width)"] + lines
  }

  /// Truth and predictions.
  fileprivate func classLines(_ letters: Int) -> [String] {
    var lines: [String] = []
    if classes.contains(where: { $0.isTrue != nil }) {
      lines += Self.lines(["truth: \(names { $0.isTrue == true })"], letters)
    }
    if let split {
      let likely = classes.filter { $0.probability != nil }.sorted { $0.probability! > $1.probability! }
      lines += Self.lines(
        ["predicted (\(split)): \(names { $0.isPredicted == true }); probabilities:"]
          + likely.prefix(6).map { "\($0.name) \(NumberText.fixed(Double($0.probability!), 2))" }, letters)
    }
    return lines
  }

  private func names(_ isNamed: (Class) -> Bool) -> String {
    let named = classes.filter(isNamed).map(\.name)
    return named.isEmpty ? "no class" : named.joined(separator: ", ")
  }

  /// Words in lines of at most so many letters.
  private static func lines(_ words: [String], _ letters: Int) -> [String] {
    words.reduce(into: [String]()) { lines, word in
      if let last = lines.last, last.count + word.count + 3 <= letters {
        lines[lines.count - 1] += "   " + word
      } else {
        lines.append(word)
      }
    }
  }

  fileprivate static func figure(_ value: Float?) -> String {
    guard let value else { return Figures.missing }
    let isWhole = abs(value) >= 1000 || value == value.rounded()
    return isWhole ? "\(Int(value.rounded()))" : String(format: "%.4g", value)
  }

  fileprivate func text(_ style: TextStyle) -> String {
    let hasMissing = sensors.contains { $0.bands.contains { $0.missing > 0 } }
    var text = "\(height)×\(width) pixels\n"
    for sensor in sensors {
      text +=
        style.wrapped(
          "\(sensor.title.printable)\(sensor.unit.isEmpty ? "" : " in \(sensor.unit)"): \(sensor.source.printable)",
          indent: 2) + "\n"
    }
    let titles = ["minimum", "median", "mean", "maximum"] + (hasMissing ? ["missing"] : [])
    let table = TextTable(
      columns: [.init("sensor", .left), .init("band", .left)] + titles.map { .init($0, .right) },
      rows: sensors.flatMap { sensor in
        sensor.bands.map { band in
          [sensor.sensor, band.band] + [band.minimum, band.median, band.mean, band.maximum].map(Self.figure)
            + (hasMissing ? [NumberText.grouped(band.missing)] : [])
        }
      })
    text += "\n" + table.text(style)
    let classes = classTable
    return classes.columns.count == 1 ? text : text + "\n" + classes.text(style)
  }

  private var classTable: TextTable {
    let (hasShares, hasTruth) = (classes.contains { $0.share != nil }, classes.contains { $0.isTrue != nil })
    func mark(_ isSet: Bool?) -> String { isSet == true ? "yes" : "" }
    let columns =
      (hasShares ? ["share"] : []) + (hasTruth ? ["true"] : [])
      + (split.map { ["probability (\($0))", "predicted"] } ?? [])
    return TextTable(
      columns: [.init("class", .left)] + columns.map { .init($0, .right) },
      rows: classes.filter { $0.share ?? 0 > 0 || $0.isTrue == true || $0.probability != nil }.map { own in
        [own.name] + (hasShares ? [own.share.map { NumberText.fixed($0, 3) } ?? Figures.missing] : [])
          + (hasTruth ? [mark(own.isTrue)] : [])
          + (split == nil
            ? [] : [Figures.metric(own.probability.map(Double.init), decimals: 3), mark(own.isPredicted)])
      })
  }
}
