import Foundation

/// Writes small TIFF files byte by byte, among them files that no library would write.
package struct TIFFFile {
  package enum Sample: Sendable { case uint8, uint16, int16, float32 }

  package var width: Int
  package var height: Int
  /// Samples `[H, W, bands]`.
  package var values: [Double]
  package var bands: Int
  package var sample: Sample
  /// Side of square tiles; nil for strips.
  package var tile: Int?
  package var rowsPerStrip: Int
  /// Numbers of the blocks that the file does not have: their offset and length are 0.
  package var missing: Set<Int> = []
  /// Whether only the length of a missing block is 0, not its offset.
  package var missingLengthsOnly = false
  /// Number of other bytes behind the blocks.
  package var padding = 0
  /// Texts by tag: 42113 nodata, 42112 GDAL's XML.
  package var texts: [Int: String] = [:]

  package init(width: Int, height: Int, bands: Int, sample: Sample, values: [Double]) {
    precondition(values.count == width * height * bands, "every sample needs a value")
    (self.width, self.height, self.bands, self.sample, self.values) = (width, height, bands, sample, values)
    rowsPerStrip = 4
  }

  /// GDAL's XML for descriptions, scales and offsets of the bands.
  package static func metadata(names: [String] = [], scale: Double? = nil, offset: Double? = nil, bands: Int)
    -> String
  {
    var items = names.enumerated().map { band, name in
      "<Item name=\"DESCRIPTION\" sample=\"\(band)\" role=\"description\">\(name)</Item>"
    }
    for (role, value) in [("scale", scale), ("offset", offset)] {
      guard let value else { continue }
      items += (0..<bands).map {
        "<Item name=\"\(role.uppercased())\" sample=\"\($0)\" role=\"\(role)\">\(value)</Item>"
      }
    }
    return "<GDALMetadata>\(items.joined())</GDALMetadata>"
  }

  package func write(to url: URL) throws { try bytes.write(to: url) }

  /// The bytes of the file: little-endian, with interleaved bands.
  package var bytes: Data {
    var body = Data()
    var (places, lengths): ([UInt32], [UInt32]) = ([], [])
    for (index, block) in blocks.enumerated() {
      let isMissing = missing.contains(index)
      places.append(isMissing && !missingLengthsOnly ? 0 : UInt32(8 + body.count))
      lengths.append(isMissing ? 0 : UInt32(block.count))
      if !isMissing { body += block }
    }
    body += Data(repeating: 0x20, count: padding + (padding + body.count) % 2)
    let layout: [(Int, [UInt32])] =
      tile.map { [(322, [UInt32($0)]), (323, [UInt32($0)]), (324, places), (325, lengths)] }
      ?? [(273, places), (278, [UInt32(rowsPerStrip)]), (279, lengths)]
    let (bits, format): (UInt16, UInt16) =
      switch sample {
      case .uint8: (8, 1)
      case .uint16: (16, 1)
      case .int16: (16, 2)
      case .float32: (32, 3)
      }
    var entries: [(tag: Int, type: UInt16, count: Int, data: Data)] =
      ([(256, [UInt32(width)]), (257, [UInt32(height)])] + layout).map {
        ($0.0, 4, $0.1.count, Self.data($0.1))
      }
    let words: [(Int, [UInt16])] = [
      (258, .init(repeating: bits, count: bands)), (259, [1]), (262, [1]), (277, [UInt16(bands)]), (284, [1]),
      (338, .init(repeating: 0, count: bands - 1)), (339, .init(repeating: format, count: bands)),
    ]
    entries += words.map { ($0.0, 3, $0.1.count, Self.data($0.1)) }
    entries += texts.map { ($0.key, 2, $0.value.utf8.count + 1, Data($0.value.utf8) + [0]) }
    entries.sort { $0.tag < $1.tag }
    return Self.data([UInt16(0x4949), 42]) + Self.data([UInt32(8 + body.count)]) + body
      + Self.directory(entries, at: 8 + body.count)
  }

  private static func directory(_ entries: [(tag: Int, type: UInt16, count: Int, data: Data)], at start: Int)
    -> Data
  {
    var (directory, extra) = (data([UInt16(entries.count)]), Data())
    let room = start + 2 + 12 * entries.count + 4
    for entry in entries {
      directory += data([UInt16(entry.tag), entry.type]) + data([UInt32(entry.count)])
      if entry.data.count <= 4 {
        directory += entry.data + Data(repeating: 0, count: 4 - entry.data.count)
      } else {
        directory += data([UInt32(room + extra.count)])
        extra += entry.data + Data(repeating: 0, count: entry.data.count % 2)
      }
    }
    return directory + data([UInt32(0)]) + extra
  }

  private var blocks: [Data] {
    let (down, across) = (tile ?? rowsPerStrip, tile ?? width)
    return stride(from: 0, to: height, by: down).flatMap { top in
      stride(from: 0, to: width, by: across).map { left in
        let rows = tile == nil ? top..<min(top + down, height) : top..<top + down
        return rows.reduce(into: Data()) { block, row in
          for column in left..<left + across {
            for band in 0..<bands {
              let isInside = row < height && column < width
              block += encoded(isInside ? values[(row * width + column) * bands + band] : 0)
            }
          }
        }
      }
    }
  }

  private func encoded(_ value: Double) -> Data {
    switch sample {
    case .uint8: Self.data([UInt8(value)])
    case .uint16: Self.data([UInt16(value)])
    case .int16: Self.data([Int16(value)])
    case .float32: Self.data([Float(value)])
    }
  }

  private static func data<Number>(_ numbers: [Number]) -> Data { numbers.withUnsafeBytes { Data($0) } }
}
