import Basics
import CCairo

/// Memory in which cairo draws, 32 bits a pixel without transparency.
final class Surface {
  let pointer: OpaquePointer
  let width, height: Int

  /// A black surface.
  /// - Throws: `InputError` (environment) for lack of memory.
  init(width: Int, height: Int) throws {
    precondition(
      (1...Picture.longestSide).contains(width) && (1...Picture.longestSide).contains(height),
      "a surface has sides of 1 to \(Picture.longestSide) pixels, not \(width) × \(height)")
    guard let pointer = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height)) else {
      preconditionFailure("cairo returns a surface, be it one in error")
    }
    (self.pointer, self.width, self.height) = (pointer, width, height)
    try Self.check(cairo_surface_status(pointer), "a picture of \(width) × \(height) pixels")
  }

  /// A surface that shows a picture.
  /// - Throws: `InputError` (environment) for lack of memory.
  convenience init(_ picture: Picture) throws {
    try self.init(width: picture.width, height: picture.height)
    withRows { row, pixels in
      var place = row * picture.width * 3
      for column in 0..<picture.width {
        let (red, green) = (UInt32(picture.pixels[place]), UInt32(picture.pixels[place + 1]))
        pixels[column] = red << 16 | green << 8 | UInt32(picture.pixels[place + 2])
        place += 3
      }
    }
    cairo_surface_mark_dirty(pointer)
  }

  deinit { cairo_surface_destroy(pointer) }

  /// What was drawn.
  func picture() -> Picture {
    cairo_surface_flush(pointer)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(width * height * 3)
    withRows { _, pixels in
      for pixel in pixels {
        bytes.append(UInt8(pixel >> 16 & 255))
        bytes.append(UInt8(pixel >> 8 & 255))
        bytes.append(UInt8(pixel & 255))
      }
    }
    return Picture(width: width, height: height, pixels: bytes)
  }

  /// Calls `body` for each row with its pixels, which have red in bits 16 to 23, then green, then blue.
  private func withRows(_ body: (Int, UnsafeMutableBufferPointer<UInt32>) -> Void) {
    guard let start = cairo_image_surface_get_data(pointer) else {
      preconditionFailure("a surface without error has memory")
    }
    let stride = Int(cairo_image_surface_get_stride(pointer))
    for row in 0..<height {
      let pixels = UnsafeMutableRawPointer(start + row * stride).assumingMemoryBound(to: UInt32.self)
      body(row, UnsafeMutableBufferPointer(start: pixels, count: width))
    }
  }

  /// - Parameter subject: what was drawn, for the message.
  /// - Throws: `InputError` (environment) with cairo's reason.
  static func check(_ status: cairo_status_t, _ subject: String) throws {
    guard status != CAIRO_STATUS_SUCCESS else { return }
    throw InputError(
      .environment, subject, "could not be drawn (\(String(cString: cairo_status_to_string(status))))",
      remedy: status == CAIRO_STATUS_NO_MEMORY ? "give the program more memory" : nil)
  }
}
