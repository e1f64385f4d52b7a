import Basics
import CPacks
import CZstd
import Foundation
import Imagery
import Rasters

/// One patch as a shard stores it. A pool's threads fill several at the same time, each by one thread.
final class PatchEncoder {
  /// A chunk and its checksum.
  struct Chunk {
    let bytes: UnsafeRawBufferPointer
    let sum: UInt32
  }

  /// The facts about the files of a patch.
  struct Origin {
    /// By sensor: bytes of the files together, and the last change of any, in seconds since 1970.
    var bytes: [Int64] = []
    var changes: [Int64] = []
    var position: GroundPosition?
  }

  private(set) var chunks: [Chunk] = []
  private(set) var declared: [[BandDeclaration]] = []
  private(set) var origin = Origin()

  private let codec: PackCodec
  private let grids: [GridForm]
  /// Memory for the chunks, one after the other.
  private let encoded: AlignedBuffer<UInt8>
  private let shuffled: AlignedBuffer<UInt8>

  /// - Throws: `InputError` (environment) for lack of memory.
  init(_ form: PackForm) throws {
    codec = form.codec
    grids = form.sensors.flatMap(\.grids)
    encoded = try AlignedBuffer(count: grids.reduce(0) { $0 + form.codec.largestChunk($1.bytes) })
    let largest = grids.map(\.bytes).max() ?? 0
    shuffled = try AlignedBuffer(count: form.codec == .zstd ? largest : 0)
  }

  /// Reads and encodes a patch.
  /// - Throws: `InputError` (data) as `SourceReader`, or when a file has gone.
  func encode(_ patch: Int, of source: PackSource, with reader: SourceReader) throws {
    let found = try reader.read(patch)
    chunks = []
    declared = found.map(\.declared)
    var start = 0
    for (grid, form) in zip(found, grids) {
      precondition(grid.bytes.count == form.bytes, "a grid has the size of its form")
      let room = UnsafeMutableRawBufferPointer(
        start: encoded.pointer + start, count: codec.largestChunk(form.bytes))
      let length = encode(grid.bytes, elementBytes: form.bytes / form.samples, into: room)
      let bytes = UnsafeRawBufferPointer(rebasing: room[..<length])
      chunks.append(Chunk(bytes: bytes, sum: CRC32C.value(of: bytes)))
      start += room.count
    }
    origin = try Self.origin(of: patch, source)
  }

  private func encode(
    _ samples: UnsafeRawBufferPointer, elementBytes: Int, into room: UnsafeMutableRawBufferPointer
  ) -> Int {
    switch codec {
    case .none:
      room.copyMemory(from: samples)
      return samples.count
    case .zstd:
      fk_shuffle(
        samples.baseAddress, Int64(samples.count / elementBytes), Int32(elementBytes), shuffled.pointer)
      let length = ZSTD_compress(room.baseAddress, room.count, shuffled.pointer, samples.count, 1)
      precondition(ZSTD_isError(length) == 0, "zstd compresses into a room of the size that it asks for")
      return length
    }
  }

  private static func origin(of patch: Int, _ source: PackSource) throws -> Origin {
    var origin = Origin()
    for (number, sensor) in source.sensors.enumerated() {
      var (bytes, change): (Int64, Int64) = (0, 0)
      for path in source.files(patch, sensor.source) {
        var status = stat()
        guard stat(path, &status) == 0 else {
          let code = errno
          throw PathState.of(path).error(.data, path) ?? FileSystem.error(.look, path, code)
        }
        bytes += Int64(status.st_size)
        change = max(change, Int64(status.st_mtim.tv_sec))
        if number == 0, origin.position == nil, path.lowercased().hasSuffix(".tif") {
          origin.position = GroundPosition(ofFile: path)
        }
      }
      origin.bytes.append(bytes)
      origin.changes.append(change)
    }
    return origin
  }
}

extension PackCodec {
  /// The most bytes of a chunk with this many bytes of samples.
  func largestChunk(_ bytes: Int) -> Int {
    switch self {
    case .none: bytes
    case .zstd: ZSTD_compressBound(bytes)
    }
  }
}
