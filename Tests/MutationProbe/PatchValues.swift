import Foundation

@testable import Basics
@testable import Rasters
@testable import SEN12MS

/// The samples of a GeoTIFF file as floats, for any type in the file. The name of the file begins with its kind.
enum PatchValues {
  private static let single = SingleReader()

  static func digest(_ url: URL) throws -> String {
    let kind = FileKind(rawValue: String(url.lastPathComponent.prefix(2)))!
    // Reads the file as part of a data set of 32 × 32 pixels, which refuses any other size.
    _ = try single.reader.facts(of: url.path, format: kind.format)
    let size = PatchSize(height: 32, width: 32)
    var digest = ValueDigest()
    digest.update("\(size.height) \(size.width)")
    let count = kind.bandNames.count * size.pixels
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: kind.format.largestBytes(at: size), alignment: 64)
    defer { memory.deallocate() }
    switch try single.reader.read(url.path, format: kind.format, size: size, into: memory).values {
    case .uint8(let values): digest.update((0..<count).lazy.map { Float(values[$0]) })
    case .uint16(let values): digest.update((0..<count).lazy.map { Float(values[$0]) })
    case .int16(let values): digest.update((0..<count).lazy.map { Float(values[$0]) })
    case .float32(let values): digest.update((0..<count).lazy.map { values[$0] })
    case .float64(let values): digest.update((0..<count).lazy.map { Float(values[$0]) })
    }
    return digest.text
  }
}

/// A reader for this program, which has only one thread.
private final class SingleReader: @unchecked Sendable {
  let reader = GeoTIFFReader()
}
