import Basics
import Foundation

/// Reads and replaces the small files of a run folder.
package enum ReportFile {
  /// - Parameters:
  ///   - what: the file as messages call it.
  ///   - limit: the largest size that is read, in bytes.
  ///   - absent: the remedy of the message when there is no such file.
  /// - Throws: `InputError`: data when there is no such file, or it is no regular file or too large;
  ///   environment when the system does not let it be read.
  package static func read(
    _ path: String, what: String, limit: Int = 64 << 20, absent: String = "check the path"
  ) throws -> Data {
    do {
      return Data(try OpenFile.contents(of: path, limit: limit, kind: .data))
    } catch let error as InputError {
      guard PathState.of(path) == .absent else { throw error }
      throw InputError(.data, path, "\(what) does not exist", remedy: absent)
    }
  }

  /// Replaces the file as a whole, so that a reader sees the old or the new one.
  package static func write(_ data: Data, to path: String, files: FileSystem) throws {
    try AtomicFile.write(data, to: path, files: files)
  }
}
