import Foundation
import TestSupport

/// A folder of commands that a script finds in the place of the system's.
struct StandIns {
  let folder: URL

  /// - Parameters:
  ///   - commands: text of a bash script by the name of the command.
  ///   - programs: commands of the system that stay, where no text stands in for them.
  init(_ folder: URL, _ commands: [String: String], keeping programs: [String] = []) throws {
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in commands {
      let file = folder.appending(path: name)
      try "#!/bin/bash\n\(text)\n".write(to: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    for name in programs where commands[name] == nil {
      guard
        let place = places.map({ "\($0)/\(name)" }).first(where: FileManager.default.isExecutableFile)
      else { continue }
      try FileManager.default.createSymbolicLink(
        atPath: folder.appending(path: name).path, withDestinationPath: place)
    }
  }
}
