import Basics
import CCairo

extension Picture {
  /// The picture as the bytes of a PNG file of 8 bits a channel. The same picture gives the same bytes.
  /// - Throws: `InputError` (environment) for lack of memory.
  package func png() throws -> [UInt8] {
    let surface = try Surface(self)
    let file = Bytes()
    let status = withExtendedLifetime((surface, file)) {
      cairo_surface_write_to_png_stream(
        surface.pointer,
        { target, start, count in
          guard let target, let start else { return CAIRO_STATUS_WRITE_ERROR }
          let file = Unmanaged<Bytes>.fromOpaque(target).takeUnretainedValue()
          file.bytes.append(contentsOf: UnsafeBufferPointer(start: start, count: Int(count)))
          return CAIRO_STATUS_SUCCESS
        }, Unmanaged.passUnretained(file).toOpaque())
    }
    try Surface.check(status, "a PNG file of \(width) × \(height) pixels")
    return file.bytes
  }

  /// Collects what cairo writes.
  private final class Bytes { var bytes: [UInt8] = [] }
}
