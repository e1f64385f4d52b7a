import Foundation

/// Runs a short command of the system and reads its answer.
enum ShortCommand {
  /// Runs a command that is found by `PATH`, without input.
  /// - Parameters:
  ///   - environment: variables that the command gets in addition to the variables of this process.
  ///   - timeout: seconds after which the command is ended.
  /// - Returns: its output; nil when the command is not installed, failed, or took too long.
  static func output(
    of command: [String], environment: [String: String] = [:], timeout: Double
  ) -> String? {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let (output, input) = (ends[0], ends[1])
    defer { close(output) }
    let process = start(command, environment: environment, output: input)
    close(input)
    guard let process else { return nil }
    let deadline = ContinuousClock.now + .seconds(timeout)
    let text = read(output, until: deadline)
    let status = end(of: process, until: deadline)
    return status == 0 ? text : nil
  }

  private static func start(
    _ command: [String], environment: [String: String], output: Int32
  ) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)

    // The command gets default signals and its own process group, so that its children can be ended with it.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    posix_spawnattr_setflags(&attributes, Int16(flags))
    posix_spawnattr_setpgroup(&attributes, 0)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)

    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var arguments = command.map { strdup($0) } + [nil]
    var entries = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in arguments + entries { free(text) } }
    var process = pid_t()
    let status = posix_spawnp(&process, command[0], &actions, &attributes, &arguments, &entries)
    return status == 0 ? process : nil
  }

  /// Reads until the other side closes; nil when the deadline passes first.
  private static func read(_ descriptor: Int32, until deadline: ContinuousClock.Instant) -> String? {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4096)
    while true {
      let left = (deadline - ContinuousClock.now) / .milliseconds(1)
      guard left > 0 else { return nil }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, Int32(left.rounded(.up))) > 0 else { continue }
      let count = Foundation.read(descriptor, &part, part.count)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      if count > 0 { bytes += part[..<count] } else if errno != EINTR { return nil }
    }
  }

  /// The exit status of the process. A process that still runs at the deadline is killed; no zombie is left.
  private static func end(of process: pid_t, until deadline: ContinuousClock.Instant) -> Int32 {
    var status: Int32 = 0
    while ContinuousClock.now < deadline {
      let ended = waitpid(process, &status, WNOHANG)
      if ended == process { return status }
      if ended < 0 && errno != EINTR { return -1 }
      usleep(5000)
    }
    kill(-process, SIGKILL)
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return -1
  }
}
