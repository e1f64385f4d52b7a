import Basics
import Foundation

/// The first 512 bytes of a checkpoint: a text block that says what the file is and seals every byte of it.
///
/// HDF5 calls this place the user block and skips it. The seal is checked before anything else is read, so
/// that damage anywhere is found. It is no protection against forgery: `HDF5Reader` does not trust a sealed
/// file.
///
///     fusionctl checkpoint
///     schema 1
///     bytes 510400512
///     digest 0123456789abcdef
///     …
///     block 0123456789abcdef
package enum FileSeal {
  /// Bytes before the HDF5 part.
  package static let size = 512
  /// The version of the contents that this program writes, and the newest it reads.
  package static let schema = 1

  private static let title = "fusionctl checkpoint\n"
  private static let tailSize = "\nblock 0123456789abcdef\n".utf8.count

  /// Seals a complete file.
  package static func close(_ file: OpenFile, schema: Int = schema) throws {
    let bytes = try file.size()
    let block = text(schema: schema, bytes: bytes, digest: try digest(of: file, bytes: bytes))
    try block.withUnsafeBytes { try file.write($0, at: 0) }
  }

  /// Checks the block, the schema version, the length and every byte.
  /// - Throws: `InputError`: checkpoint for any damage; environment when the schema is newer.
  static func verify(_ file: OpenFile) throws {
    let bytes = try file.size()
    var block = [UInt8](repeating: 0, count: size)
    if bytes >= size { try block.withUnsafeMutableBytes { try file.read(into: $0, at: 0) } }
    guard block.starts(with: title.utf8) else {
      throw InputError(
        .checkpoint, file.subject, "is not a fusionctl checkpoint, or its beginning is damaged",
        remedy: "name a checkpoint file such as RUN/checkpoints/best.h5")
    }
    let head = block.dropLast(tailSize)
    guard block.suffix(tailSize).elementsEqual(tail(of: Array(head))) else {
      throw damage(file, "its first block")
    }
    let fields = fields(of: head)
    guard let schema = fields["schema"].flatMap({ Int($0) }), schema > 0 else {
      throw damage(file, "its first block")
    }
    guard schema <= Self.schema else {
      // The file is not damaged: a newer program has written it.
      throw InputError(
        .environment, file.subject, "has schema version \(schema), this program reads up to \(Self.schema)",
        remedy: "use a newer fusionctl")
    }
    guard let sealed = fields["bytes"].flatMap({ Int($0) }), let digest = fields["digest"] else {
      throw damage(file, "its first block")
    }
    guard sealed == bytes else {
      throw InputError.damaged(file.subject, "it has \(bytes) of \(sealed) bytes")
    }
    guard try hex(Self.digest(of: file, bytes: bytes)) == digest else { throw damage(file, "its data") }
  }

  private static func damage(_ file: OpenFile, _ part: String) -> InputError {
    InputError.damaged(file.subject, "\(part) does not match its checksum")
  }

  private static func text(schema: Int, bytes: Int, digest: UInt64) -> [UInt8] {
    let lines = title + "schema \(schema)\nbytes \(bytes)\ndigest \(hex(digest))\n"
    let head = Array(lines.utf8) + [UInt8](repeating: 32, count: size - tailSize - lines.utf8.count)
    return head + tail(of: head)
  }

  private static func tail(of head: [UInt8]) -> [UInt8] {
    var digest = Digest()
    head.withUnsafeBytes { digest.update($0) }
    return Array("\nblock \(hex(digest.value))\n".utf8)
  }

  private static func fields(of head: some Sequence<UInt8>) -> [String: String] {
    let lines = String(decoding: Array(head), as: UTF8.self).split(separator: "\n").dropFirst()
    let pairs = lines.map { $0.split(separator: " ") }.filter { $0.count == 2 }
    return Dictionary(pairs.map { (String($0[0]), String($0[1])) }, uniquingKeysWith: { first, _ in first })
  }

  private static func digest(of file: OpenFile, bytes: Int) throws -> UInt64 {
    let block = try AlignedBuffer<UInt8>(count: 1 << 20)
    var digest = Digest()
    for start in stride(from: size, to: bytes, by: block.count) {
      let part = UnsafeMutableRawBufferPointer(start: block.pointer, count: min(block.count, bytes - start))
      try file.read(into: part, at: start)
      digest.update(UnsafeRawBufferPointer(part))
    }
    return digest.value
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension InputError {
  /// The error about a damaged checkpoint.
  /// - Parameter problem: the words after "is damaged: ".
  static func damaged(_ path: String, _ problem: String) -> InputError {
    InputError(.checkpoint, path, "is damaged: \(problem)", remedy: "use an earlier checkpoint")
  }
}
