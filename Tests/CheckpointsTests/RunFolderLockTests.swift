import Basics
import Checkpoints
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct RunFolderLockTests {
  @Test func secondRunIsRefusedWithTheHolder() throws {
    let folder = try ScratchFolder()
    var lock: RunFolderLock? = try RunFolderLock(folder: folder.path)
    #expect(lock?.isEnforced == true)
    let error = #expect(throws: InputError.self) { try RunFolderLock(folder: folder.path) }
    let host = ProcessInfo.processInfo.hostName
    #expect(error?.problem == "is in use by process \(getpid()) on \(host)")
    #expect(error?.kind == .environment && error?.subject == folder.path)
    lock = nil
    _ = try RunFolderLock(folder: folder.path)
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/flock"), "flock is not installed"))
  func lockOfAnotherProcessEndsWithIt() throws {
    let folder = try ScratchFolder()
    let other = Process()
    other.executableURL = URL(filePath: "/usr/bin/flock")
    // Without a fork the lock belongs to the process that is killed below.
    other.arguments = ["--no-fork", folder.file(".lock").path, "sh", "-c", "echo locked; exec sleep 60"]
    let output = Pipe()
    other.standardOutput = output
    try other.run()
    defer { other.terminate() }
    #expect(output.fileHandleForReading.readData(ofLength: 6) == Data("locked".utf8))
    let error = #expect(throws: InputError.self) { try RunFolderLock(folder: folder.path) }
    #expect(error?.problem == "is in use by another run")
    kill(other.processIdentifier, SIGKILL)
    other.waitUntilExit()
    _ = try RunFolderLock(folder: folder.path)
  }

  /// A child process has copies of all descriptors until its program begins. It must hold no lock by them.
  @Test func childrenThatAreBeingStartedHoldNoLock() throws {
    let folder = try ScratchFolder()
    let children = Children()
    Thread.detachNewThread { children.startUntilOver() }
    var locks = 0
    while locks < 300 || children.count < 30 {
      locks += 1
      #expect(throws: Never.self) {
        try withExtendedLifetime(RunFolderLock(folder: folder.path)) { usleep(1000) }
      }
    }
    children.end()
  }

  /// Children that are started one after the other.
  private final class Children: Sendable {
    private let state = Mutex((started: 0, isOver: false))

    var count: Int { state.withLock(\.started) }

    func startUntilOver() {
      while !state.withLock(\.isOver) {
        let child = try? Process.run(URL(filePath: "/bin/true"), arguments: [])
        child?.waitUntilExit()
        state.withLock { $0.started += 1 }
      }
    }

    func end() { state.withLock { $0.isOver = true } }
  }

  @Test func missingFolderIsToldByName() throws {
    let error = #expect(throws: InputError.self) { try RunFolderLock(folder: "/no/such/folder") }
    #expect(error?.description.hasPrefix("/no/such/folder/.lock: could not open") == true)
  }
}
