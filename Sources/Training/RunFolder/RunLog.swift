import Basics
import Foundation
import Logging
import Synchronization

/// The plain log of a run: lines with time and level, appended to `train.log`.
package struct RunLog: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel = Logger.Level.info
  let path: String
  private let file: FileHandle
  /// Bytes that the file had when it was opened: the lines of earlier runs.
  private let start: off_t
  private let failure = Failure()

  /// The first error in writing a line; nil if no line is missing.
  private final class Failure: Sendable {
    let error = Mutex((any Error)?.none)
  }

  /// Opens the log for appending.
  /// - Throws: `InputError` (environment) when the file cannot be written.
  package init(path: String) throws {
    self.path = path
    // Without O_NONBLOCK a named pipe would wait here for a reader.
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else {
      let code = errno
      throw InputError(
        .environment, path, "could not open (\(SystemFault.reason(code)))", remedy: SystemFault.remedy(code))
    }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    start = max(lseek(descriptor, 0, SEEK_END), 0)
  }

  /// A logger that writes here.
  package var logger: Logger {
    Logger(label: "fusionctl") { _ in self }
  }

  /// Removes the lines of earlier runs.
  func clear() {
    let descriptor = file.fileDescriptor
    let own = lseek(descriptor, 0, SEEK_END) - start
    guard start > 0, own >= 0 else { return }
    // This run has written only a few lines so far, so they fit in memory.
    let lines = [UInt8](unsafeUninitializedCapacity: Int(own)) { memory, count in
      count = max(pread(descriptor, memory.baseAddress, Int(own), start), 0)
    }
    guard ftruncate(descriptor, 0) == 0 else { return }
    try? file.write(contentsOf: Data(lines))
  }

  package func log(event: LogEvent) {
    let time = Date.now.formatted(.iso8601)
    do {
      try file.write(contentsOf: Data("\(time) \(event.level) \(event.message)\n".utf8))
    } catch {
      failure.error.withLock { $0 = $0 ?? error }
    }
  }

  /// - Throws: `InputError` (environment) when any line so far could not be written.
  func requireWritten() throws {
    guard let error = failure.error.withLock({ $0 }) else { return }
    throw InputError(.environment, path, "could not write (\(error.localizedDescription))")
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }
}

extension Logger {
  /// Writes nothing: for the ranks after the first, which have no log.
  static var silent: Logger { Logger(label: "fusionctl") { _ in SwiftLogNoOpLogHandler() } }
}
