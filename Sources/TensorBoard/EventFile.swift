import Basics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#endif

/// A file of events that grows: `events.out.tfevents.SECONDS.HOST.PID.0.fusionctl`.
///
/// Each call hands its events to the system at once, so that a process that is killed loses none. Only a machine that fails
/// can lose the last ones.
package final class EventFile {
  package let path: String
  private let file: OpenFile
  private var size = 0

  /// Makes a new file in a folder, which is made where it is absent, and writes its first event. The name sorts behind those
  /// of the event files that are there: readers take files in the order of their names.
  /// - Throws: `InputError` (environment) when something cannot be written.
  package init(in folder: String, files: FileSystem) throws {
    try files.makeFolder(folder)
    let latest = try files.names(in: folder).compactMap(Self.seconds(ofName:)).max() ?? 0
    let time = max(Int(Date.now.timeIntervalSince1970), latest + 1)
    path = "\(folder)/\(Self.prefix)\(time).\(Self.host).\(getpid()).0\(Self.suffix)"
    file = try OpenFile.creating(path, subject: path, files: files)
    try write([Event(time: Date.now.timeIntervalSince1970, step: 0, .version)])
  }

  /// Appends events.
  /// - Throws: `InputError` (environment) with the system's reason. The file then ends with whole events.
  package func write(_ events: [Event]) throws {
    let bytes = events.flatMap { EventRecord.framed($0.bytes) }
    do {
      try bytes.withUnsafeBytes { try file.write($0, at: size) }
    } catch {
      // Readers stop at the first half of a record, so it does no harm where it cannot be cut off.
      try? file.truncate(to: size)
      throw error
    }
    size += bytes.count
  }

  // MARK: - Names

  private static let prefix = "events.out.tfevents."
  private static let suffix = ".fusionctl"

  /// Whether a file of this name was written here: other programs write event files too.
  package static func isName(_ name: String) -> Bool { name.hasPrefix(prefix) && name.hasSuffix(suffix) }

  /// The seconds in the name of an event file of any program; nil for other names.
  private static func seconds(ofName name: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    let seconds = Int(name.dropFirst(prefix.count).prefix { $0 != "." })
    // Later times have more digits, and are no times.
    return seconds.flatMap { (0..<10_000_000_000 - 1).contains($0) ? $0 : nil }
  }

  /// The name of this machine, of characters that mean nothing in a path.
  private static var host: String {
    String(ProcessInfo.processInfo.hostName.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
  }
}
