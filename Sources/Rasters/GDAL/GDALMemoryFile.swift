import Basics
import CGDAL
import Foundation

/// Holds the bytes of one file at a time in memory, where GDAL can open them as a file (`/vsimem`).
///
/// On clusters every access to the file system takes time. So a file is opened once and read in one go,
/// whatever its encoding, and GDAL parses the copy in memory.
final class GDALMemoryFile {
  /// The largest file that is read, bytes. Patches are smaller; a foreign file must not fill the memory.
  static let largest = 1 << 30
  static let remedy = "check the data folder against the list of patches"

  /// The name under which GDAL opens the file.
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
    // For an empty file the address may be null; GDAL then makes an empty file itself.
    let address = memory.baseAddress?.assumingMemoryBound(to: GByte.self)
    VSIFCloseL(VSIFileFromMemBuffer(name, address, vsi_l_offset(bytes), 0))
    defer { VSIUnlink(name) }
    return try body(UnsafeRawBufferPointer(rebasing: memory[..<bytes]))
  }
}
