import Basics
import Foundation
import Packs

/// The unfinished work of a map, in a folder beside it: results of units, and what they are results of.
///
/// A map that is begun again with the same network, images and options goes on from there, and has the bits of one that was
/// never interrupted.
final class MapWork {
  /// The folder: "map.tif.partial".
  let folder: String
  private let layout: UnitLayout
  private let file: OpenFile
  private let lock: FileLock
  /// Number of units whose results are there: the first ones of the plan.
  private(set) var done: Int

  private static let names = ["work.txt", "units", "lock"]
  /// Files of a map while it is written begin with this.
  static let mapPrefix = "map-"

  /// The folder of a map.
  static func folder(of map: String) -> String { map + ".partial" }

  /// - Parameters:
  ///   - map: path of the map.
  ///   - key: lines about everything that decides the results.
  ///   - restarts: whether work of another kind is thrown away.
  /// - Throws: `InputError`: usage for a folder with other work; environment when it is in use or cannot be written.
  init(of map: String, _ layout: UnitLayout, key: [String], restarts: Bool) throws {
    self.layout = layout
    folder = Self.folder(of: map)
    try FileSystem.system.makeFolder(folder)
    guard let lock = try FileLock("\(folder)/lock", .exclusive) else {
      throw InputError(
        .environment, folder, "another process is making this map",
        remedy: "wait for it, or choose another --out")
    }
    self.lock = lock
    let (keyPath, units) = ("\(folder)/work.txt", "\(folder)/units")
    let text = key.joined(separator: "\n") + "\n"
    if PathState.of(keyPath) != .absent {
      let found = String(
        decoding: try OpenFile.contents(of: keyPath, limit: 1 << 20, kind: .environment), as: UTF8.self)
      if found != text {
        guard restarts else { throw Self.otherWork(folder, found, key) }
        try FileSystem.system.remove(units)
        try AtomicFile.write(text, to: keyPath)
      }
    } else {
      try FileSystem.system.remove(units)
      try AtomicFile.write(text, to: keyPath)
    }
    file = try OpenFile.updating(units)
    done = 0
    let size = try file.size()
    while done + 1 < layout.starts.count, layout.starts[done + 1] <= size, try read(done) != nil { done += 1 }
    try file.truncate(to: layout.starts[done])
  }

  private static func otherWork(_ folder: String, _ found: String, _ key: [String]) -> InputError {
    let old = Set(found.split(separator: "\n").map(String.init))
    let difference = key.first { !old.contains($0) } ?? "fewer lines"
    let name = difference.split(separator: ":").first.map(String.init) ?? difference
    return InputError(
      .usage, folder, "holds unfinished work of another map (\(shownName(name)) differs)",
      remedy: "give --force to begin anew, or choose another --out")
  }

  /// Adds the result of the next unit.
  /// - Throws: `InputError` (environment).
  func append(_ result: UnitResult) throws {
    try layout.bytes(result, done).withUnsafeBytes { try file.write($0, at: layout.starts[done]) }
    done += 1
  }

  /// The result of a unit; nil where the file does not hold it whole.
  /// - Throws: `InputError` (environment).
  func read(_ unit: Int) throws -> UnitResult? {
    var bytes = [UInt8](repeating: 0, count: layout.starts[unit + 1] - layout.starts[unit])
    try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: layout.starts[unit]) }
    return layout.result(bytes, unit)
  }

  /// The error about results that are no longer there.
  var changed: InputError {
    InputError(
      .environment, folder, "has changed since it was written", remedy: "run the same command again")
  }

  /// Removes the folder, with everything that this program has written in it.
  func remove() {
    let maps = ((try? FileSystem.system.names(in: folder)) ?? []).filter { $0.hasPrefix(Self.mapPrefix) }
    for name in Self.names + maps { FileSystem.system.removeQuietly("\(folder)/\(name)") }
    FileSystem.system.removeFolderQuietly(folder)
  }
}
