import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The answer of a process to a signal that asks it to stop. The signal handler prints it at once: what happens now, and
/// what the same signal costs when it comes again.
///
/// A handler may neither allocate memory nor wait for a lock. So atomics hold the state of the run, and a line is put
/// together in memory that exists from the start.
enum StopWords {
  private static let phase = Atomic<UInt8>(StopPhase.preparing.rawValue)
  /// When training went past the state in the last checkpoint, in ms of `MonotonicTime`; 0 without a checkpoint.
  private static let saved = Atomic<Int64>(0)
  /// Whether this process is the rank that prints messages.
  private static let talks = Atomic<Bool>(true)
  /// Whether standard error is a terminal, where a progress bar may stand in the line of the cursor.
  private static let isTerminal = Atomic<Bool>(false)
  /// The address of the advice on how to go on after leaving at once; 0 for none. Its bytes end with a 0 and are never
  /// freed.
  private static let advice = Atomic<UInt>(0)
  /// The memory of an answer. It is separate from the memory of the last line, because two threads may make both lines
  /// at the same time.
  private nonisolated(unsafe) static let answerMemory = memory(1024)
  private nonisolated(unsafe) static let lastMemory = memory(16 << 10)

  private static func memory(_ count: Int) -> UnsafeMutableBufferPointer<UInt8> {
    let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count)
    memory.initialize(repeating: 0)
    return memory
  }

  /// Creates everything that a handler needs.
  static func prepare(talks: Bool) {
    enter(.preparing)
    saved.store(0, ordering: .relaxed)
    self.talks.store(talks, ordering: .relaxed)
    let terminal = getenv("TERM").map { String(cString: $0) }
    isTerminal.store(
      isatty(STDERR_FILENO) == 1 && terminal != nil && terminal != "dumb", ordering: .relaxed)
    _ = advice.load(ordering: .relaxed)
    _ = (answerMemory, lastMemory)
  }

  static func enter(_ phase: StopPhase) { self.phase.store(phase.rawValue, ordering: .relaxed) }

  static func checkpoint(secondsAgo: Double) {
    saved.store(max(MonotonicTime.milliseconds - Int64(secondsAgo * 1000), 1), ordering: .relaxed)
  }

  /// - Parameter line: the end of the last line, such as "go on with: fusionctl train --resume --out runs/a".
  static func advise(_ line: String) {
    let bytes = Array(line.utf8) + [0]
    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
    copy.initialize(from: bytes, count: bytes.count)
    advice.store(UInt(bitPattern: copy), ordering: .releasing)
  }

  // MARK: - In the signal handler

  /// Answers a signal.
  /// - Parameters:
  ///   - isFirst: whether it is the first wish to stop.
  ///   - mayComeAgain: whether the same signal ends the process when it comes again.
  static func answer(_ signal: Int32, isFirst: Bool, mayComeAgain: Bool) {
    guard talks.load(ordering: .relaxed), isFirst || mayComeAgain else { return }
    var line = SignalLine(in: answerMemory)
    let isTerminal = isTerminal.load(ordering: .relaxed)
    if isTerminal { line.add("\r\u{1B}[K") }
    if isFirst {
      // The signal of Ctrl-C needs no name.
      if signal != SIGINT {
        line.add(name(signal))
        line.add(": ")
      }
      line.add(whatHappens)
    }
    if mayComeAgain, let cost {
      if isFirst { line.add(isTerminal ? ".\n" : "; ") }
      line.add(signal == SIGINT ? "Ctrl-C" : name(signal))
      line.add(" again leaves at once")
      switch cost {
      case .everything: line.add("; there is no checkpoint yet: nothing would be kept")
      case .since(let time):
        line.add(" and loses ")
        line.add(milliseconds: time)
        line.add(" of work since the last checkpoint")
      }
    }
    line.add(".\n")
    line.write()
  }

  /// The last line of a process that leaves at once.
  static func leave(_ cause: StaticString) {
    guard talks.load(ordering: .relaxed) else { return }
    var line = SignalLine(in: lastMemory)
    if isTerminal.load(ordering: .relaxed) { line.add("\r\u{1B}[K") }
    line.add("fusionctl: ")
    line.add(cause)
    line.add(": left at once")
    switch cost {
    case nil: line.add("; there was nothing to save")
    case .everything: line.add("; there is no checkpoint yet: nothing is kept")
    case .since(let time):
      line.add("; ")
      line.add(milliseconds: time)
      line.add(" of work since the last checkpoint is lost")
    }
    if let text = UnsafePointer<CChar>(bitPattern: advice.load(ordering: .acquiring)) {
      line.add("; ")
      line.add(text)
    }
    line.add("\n")
    line.write()
  }

  /// What leaving at once loses.
  private enum Cost {
    /// All work of the run: it has no checkpoint yet.
    case everything
    /// The work since the last checkpoint, in milliseconds.
    case since(Int64)
  }

  /// What leaving now would lose; nil when that is nothing.
  private static var cost: Cost? {
    switch StopPhase(rawValue: phase.load(ordering: .relaxed)) {
    case .preparing, .evaluating, .mapping, nil: return nil
    case .training, .validating, .finishing:
      let saved = saved.load(ordering: .relaxed)
      return saved == 0 ? .everything : .since(MonotonicTime.milliseconds - saved)
    }
  }

  private static var whatHappens: StaticString {
    switch StopPhase(rawValue: phase.load(ordering: .relaxed)) {
    case .preparing, nil: "stopping before the first step: there is nothing new to save"
    case .evaluating: "stopping: there is no result yet"
    case .training: "stopping after this step, then saving"
    case .validating: "stopping after this batch; the validation of the epoch is made again"
    case .finishing: "all epochs are done; the last files are being written"
    case .mapping: "stopping after these windows; the same command goes on from there"
    }
  }

  private static func name(_ signal: Int32) -> StaticString {
    switch signal {
    case SIGINT: "SIGINT"
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    case SIGUSR1: "SIGUSR1"
    case SIGUSR2: "SIGUSR2"
    case SIGXCPU: "SIGXCPU"
    default: "signal"
    }
  }
}
