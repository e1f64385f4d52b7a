import Basics
import Rasters

extension GeoTIFFReader {
  /// Reads a file of a kind; the samples live no longer than the call of `body`.
  func read<Result>(
    _ path: String, kind: FileKind, size: PatchSize, _ body: (RasterSamples) throws -> Result
  ) throws -> Result {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: kind.format.largestBytes(at: size), alignment: 64)
    defer { memory.deallocate() }
    return try body(read(path, format: kind.format, size: size, into: memory))
  }
}
