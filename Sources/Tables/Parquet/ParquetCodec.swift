import CZlib
import CZstd

/// How pages are compressed, by the numbers in files.
enum ParquetCodec: Int {
  case none
  case snappy
  case gzip
  case zstd = 6

  /// - Throws: `ParquetFault` that names the codec when it is not one of those that are read.
  init(number: Int) throws {
    guard let codec = ParquetCodec(rawValue: number) else {
      let others = [3: "LZO", 4: "BROTLI", 5: "LZ4", 7: "LZ4_RAW"]
      throw ParquetFault.unsupported("compression \(others[number] ?? "number \(number)")")
    }
    self = codec
  }
}

/// Decompresses pages, one at a time, into memory that it keeps.
final class PageDecompressor {
  private let zstd: OpaquePointer
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  init() {
    guard let zstd = ZSTD_createDCtx() else { preconditionFailure("zstd has memory for its state") }
    self.zstd = zstd
  }

  deinit {
    ZSTD_freeDCtx(zstd)
    memory.deallocate()
  }

  /// The bytes of a page, valid until the next call.
  /// - Parameter size: the number of bytes that the page must have.
  func decompress(
    _ bytes: UnsafeRawBufferPointer, _ codec: ParquetCodec, size: Int
  ) throws -> UnsafeRawBufferPointer {
    func isRight(_ found: Int) throws {
      guard found == size else {
        throw ParquetFault.damaged("a page has \(found) bytes decompressed, its header says \(size)")
      }
    }
    switch codec {
    case .none:
      try isRight(bytes.count)
      return bytes
    case .snappy: try Snappy.decompress(bytes, into: buffer(size))
    case .gzip: try isRight(try inflated(bytes, into: buffer(size)))
    case .zstd:
      let output = buffer(size)
      let count = ZSTD_decompressDCtx(zstd, output.baseAddress, size, bytes.baseAddress, bytes.count)
      guard ZSTD_isError(count) == 0 else {
        throw ParquetFault.damaged("a zstd page: \(String(cString: ZSTD_getErrorName(count)))")
      }
      try isRight(count)
    }
    return UnsafeRawBufferPointer(buffer(size))
  }

  private func inflated(
    _ bytes: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws -> Int {
    var stream = z_stream()
    // 32 more than the largest window lets zlib tell gzip's header from its own.
    let opened = inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(opened == Z_OK, "zlib has memory and the version of its header")
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(mutating: bytes.assumingMemoryBound(to: UInt8.self).baseAddress)
    stream.avail_in = UInt32(bytes.count)
    stream.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.avail_out = UInt32(output.count)
    let status = inflate(&stream, Z_FINISH)
    guard status == Z_STREAM_END else { throw ParquetFault.damaged("a gzip page cannot be decompressed") }
    return output.count - Int(stream.avail_out)
  }

  private func buffer(_ size: Int) -> UnsafeMutableRawBufferPointer {
    if memory.count < max(size, 1) {
      memory.deallocate()
      memory = .allocate(byteCount: max(size, 1), alignment: 16)
    }
    return UnsafeMutableRawBufferPointer(rebasing: memory[..<size])
  }
}
