import Foundation
import Tensors

@testable import SEN12MS

/// The samples of a GeoTIFF file whose name begins with its kind.
enum PatchValues {
  private static let reader = UncheckedReader()

  static func digest(_ url: URL) throws -> String {
    let kind = FileKind(rawValue: String(url.lastPathComponent.prefix(2)))!
    let reader = reader.reader
    let size = try reader.size(of: url.path, kind: kind)
    var digest = ValueDigest()
    digest.update("\(size.height) \(size.width)")
    let count = kind.bandNames.count * size.pixels
    try reader.read(url.path, kind: kind, size: size) { samples in
      switch samples {
      case .uint8(let values): for index in 0..<count { digest.update(values[index]) }
      case .uint16(let values): for index in 0..<count { digest.update(values[index]) }
      case .float32(let values): digest.update((0..<count).lazy.map { values[$0] })
      }
    }
    return digest.text
  }
}

/// This program has one thread.
private final class UncheckedReader: @unchecked Sendable {
  let reader = GeoTIFFReader()
}
