import Basics
import Foundation
import Presentation

/// The folder that a run is written to.
struct RunFolderCheck {
  /// The run folder as the user gave it.
  private let path: String
  /// The run folder, or the nearest folder above it that exists.
  private let folder: String
  private let name = "run-folder"

  /// Bytes of the trial: more than what a disk may keep in a cache of its own.
  private static let size = 32 << 20

  init(_ path: String) {
    self.path = path
    var folder = URL(filePath: path).standardizedFileURL
    while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
      folder.deleteLastPathComponent()
    }
    self.folder = folder.path
  }

  var findings: [Finding] {
    let writing = writing
    return writing.contains { $0.level == .problem } ? writing : writing + locking
  }

  /// Writes a file as checkpoints are written: write, sync, rename.
  private var writing: [Finding] {
    let kind = FileSystemKind(of: folder)
    let file = "\(folder)/.fusionctl-doctor-\(ProcessInfo.processInfo.hostName)-\(getpid())"
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.size) { buffer, count in
      // Random bytes, which no file system can compress.
      var random = SystemRandomNumberGenerator()
      let words = UnsafeMutableRawBufferPointer(buffer).bindMemory(to: UInt64.self)
      for index in words.indices { words[index] = random.next() }
      count = Self.size
    }
    do {
      let begin = ContinuousClock.now
      try AtomicFile.write(to: file) { opened in try bytes.withUnsafeBytes { try opened.write($0, at: 0) } }
      let seconds = (ContinuousClock.now - begin) / .seconds(1)
      unlink(file)
      let speed = NumberText.roughBytes(Double(Self.size) / max(seconds, 1e-6))
      let space = kind?.free.map { ", \(NumberText.bytes($0)) free" } ?? ""
      let text =
        "\(folder == URL(filePath: path).standardizedFileURL.path ? path : "\(path), to be made in \(folder)"): "
        + "on \(kind?.name ?? "an unknown file system"), written and synced at about \(speed)/s\(space)"
      return [Finding(name, .ok, text)] + notes(kind)
    } catch let error as InputError {
      return [
        Finding(
          name, .problem, "\(folder): cannot be written, \(error.problem)",
          remedy: error.remedy ?? "choose another folder")
      ]
    } catch {
      return [Finding(name, .problem, "\(folder): cannot be written, \(error)")]
    }
  }

  private func notes(_ kind: FileSystemKind?) -> [Finding] {
    guard let kind else { return [] }
    var notes: [Finding] = []
    if kind.isVolatile {
      notes.append(
        Finding(
          name, .note, "\(kind.name) is kept in memory and lost with the machine",
          remedy: "choose a folder on a disk that the next job sees too"))
    }
    if let free = kind.free, free < 10 << 30 {
      notes.append(
        Finding(
          name, .note,
          "\(NumberText.bytes(free)) free; a run of ResNet101 with late fusion takes about 4 GB",
          remedy: "free some space or choose another folder"))
    }
    return notes
  }

  /// Checks locks of files. The program opens checkpoints itself, so HDF5 locks nothing.
  private var locking: [Finding] {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { closeReleasingLock(descriptor) }
    let variable = ProcessInfo.processInfo.environment["HDF5_USE_FILE_LOCKING"]
    let hdf5 =
      "HDF5 needs no locks" + (variable.map { " (HDF5_USE_FILE_LOCKING=\($0) makes no difference)" } ?? "")
    if flock(descriptor, LOCK_SH | LOCK_NB) == 0 || errno == EWOULDBLOCK {
      return [Finding(name, .ok, "has locks: a second run in the same folder is refused; \(hdf5)")]
    }
    return [
      Finding(
        name, .note,
        "has no locks (\(SystemFault.reason(errno))): a second run in the same folder goes unnoticed; \(hdf5)",
        remedy: "start one run a folder; on Lustre ask for the mount option flock")
    ]
  }
}
