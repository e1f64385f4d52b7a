import Basics
import CCairo
import Testing

@testable import Pictures

@Suite struct PictureTests {
  private static let red = Colour(red: 200, green: 10, blue: 30)
  private static let blue = Colour(red: 0, green: 20, blue: 250)

  @Test func resizingRepeatsAndAverages() {
    let small = Picture(width: 2, height: 1) { _, column in column == 0 ? Self.red : Self.blue }
    let large = small.resized(width: 6, height: 2)
    #expect(large[1, 2] == Self.red && large[0, 3] == Self.blue)
    #expect(large.resized(width: 2, height: 1) == small)
    #expect(small.resized(width: 1, height: 1)[0, 0] == Colour(red: 100, green: 15, blue: 140))
    #expect(large.resized(width: 1, height: 1, averages: false)[0, 0] == Self.blue)
    #expect(small.fitted(to: 100).height == 50 && small.limited(to: 100) == small)
  }

  /// What cairo reads back from the bytes is what was written, and the bytes are the same every time, on any thread.
  @Test func pngReadsBack() async throws {
    let picture = Picture(width: 37, height: 5) { row, column in
      Colour(red: UInt8(row * 50), green: UInt8(column * 6), blue: UInt8((row * column) & 255))
    }
    let bytes = try picture.png()
    #expect(bytes.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(try Self.read(bytes) == picture)
    let others = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<8 { group.addTask { try picture.png() } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(others.allSatisfy { $0 == bytes })
  }

  @Test func aCanvasShowsWhatWasDrawn() throws {
    let canvas = try Canvas(width: 30, height: 20, background: Self.blue)
    canvas.fill(Area(x: 2, y: 3, width: 4, height: 5), Self.red)
    try canvas.draw(Picture(width: 2, height: 2) { _, _ in .paper }, x: 10, y: 11)
    let picture = try canvas.picture()
    #expect(picture[3, 2] == Self.red && picture[7, 5] == Self.red && picture[8, 5] == Self.blue)
    #expect(picture[11, 10] == .paper && picture[12, 11] == .paper && picture[13, 11] == Self.blue)
  }

  /// Where letters stand depends on fonts; that they stay within the width does not.
  @Test func textIsCutToItsRoom() throws {
    let canvas = try Canvas(width: 200, height: 20)
    canvas.write("Evergreen Needleleaf Forests of the north", x: 20, y: 14, Lettering(), widest: 60)
    let picture = try canvas.picture()
    let inked = (0..<200).filter { column in (0..<20).contains { picture[$0, column] != .paper } }
    #expect((inked.first ?? 0) >= 19 && (inked.last ?? 200) <= 81)
    #expect(canvas.width(of: "Wood", Lettering(size: 24)) > canvas.width(of: "Wood", Lettering(size: 12)))
  }

  @Test func lettersAreReadableOnColours() {
    #expect(Colour(hex: "#ffff00")?.readable == .ink && Colour(hex: "#000080")?.readable == .paper)
  }

  private static func read(_ bytes: [UInt8]) throws -> Picture {
    final class Source {
      var rest: ArraySlice<UInt8>
      init(_ bytes: [UInt8]) { rest = bytes[...] }
    }
    let source = Source(bytes)
    let read: cairo_read_func_t = { target, start, count in
      let source = Unmanaged<Source>.fromOpaque(target!).takeUnretainedValue()
      for place in 0..<Int(count) { start![place] = source.rest.popFirst() ?? 0 }
      return CAIRO_STATUS_SUCCESS
    }
    let place = Unmanaged.passUnretained(source).toOpaque()
    let pointer = withExtendedLifetime(source) { cairo_image_surface_create_from_png_stream(read, place)! }
    defer { cairo_surface_destroy(pointer) }
    let data = try #require(cairo_image_surface_get_data(pointer))
    let stride = Int(cairo_image_surface_get_stride(pointer))
    return Picture(
      width: Int(cairo_image_surface_get_width(pointer)), height: Int(cairo_image_surface_get_height(pointer))
    ) { row, column in
      let pixel = data + row * stride + column * 4
      return Colour(red: pixel[2], green: pixel[1], blue: pixel[0])
    }
  }
}
