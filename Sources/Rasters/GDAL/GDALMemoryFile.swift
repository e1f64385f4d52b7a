import Basics
import CGDAL
import Foundation

/// The bytes of one file at a time, where GDAL finds them as a file of its own.
///
/// A file is opened once and read in one go, whatever its encoding: file systems of clusters pay for every
/// access. From memory GDAL parses and copies without any.
final class GDALMemoryFile {
  /// Most bytes of a file: no patch has as many, and a damaged or foreign one must not fill the memory.
  static let largest = 1 << 30
  static let remedy = "check the data folder against the list of patches"

  /// What GDAL calls the file.
  private(set) var name = ""
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  init() { name = "/vsimem/patch-\(UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque()))" }

  deinit { memory.deallocate() }

  /// Calls `body` while GDAL can open `name` with the content of the file at `path`.
  /// - Throws: `InputError` (data) when the file cannot be read.
  func load<Result>(_ path: String, _ body: (_ bytes: UnsafeRawBufferPointer) throws -> Result) throws
    -> Result
  {
    let file = try InputFile(path, limit: Self.largest, remedy: Self.remedy)
    if memory.count < file.bytes {
      memory.deallocate()
      memory = .allocate(byteCount: file.bytes, alignment: 64)
    }
    let bytes = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[..<file.bytes]))
    // An empty file has no address to give; GDAL then makes an empty file of its own.
    let address = memory.baseAddress?.assumingMemoryBound(to: GByte.self)
    VSIFCloseL(VSIFileFromMemBuffer(name, address, vsi_l_offset(bytes), 0))
    defer { VSIUnlink(name) }
    return try body(UnsafeRawBufferPointer(rebasing: memory[..<bytes]))
  }
}
