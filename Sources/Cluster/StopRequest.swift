import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// The wish of the user or of the batch system that the run stops.
///
/// - SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 and SIGXCPU set a flag. The training loop reads it after every step, saves
///   and leaves with 75. The handler prints at once what happens, see `StopWords`.
/// - A second SIGINT or SIGTERM ends the process at once with 128 + its number. The steps since the last checkpoint are
///   then lost.
/// - SIGALRM ends the process at once with 142 when the run has not left `patience` seconds after the first wish.
/// - Once everything is saved, each of these signals ends the process with 75.
/// - A signal that was ignored when the program began stays ignored, such as SIGHUP under nohup.
package enum StopRequest {
  /// The signals that ask to stop.
  package static let signals = [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU]

  /// Milliseconds within which two signals count as one wish: a launcher, a shell and Slurm may each pass on the same
  /// signal.
  static let oneWish: Int64 = 500

  /// Raw value of the first `StopReason`, 0 for none.
  private static let wished = Atomic<UInt8>(0)
  /// When SIGINT or SIGTERM came first, in ms of `MonotonicTime`; 0 for never.
  private static let urged = Atomic<Int64>(0)
  private static let isSaved = Atomic<Bool>(false)
  /// Seconds after the first wish at which a timer ends the process; 0 for no timer.
  private static let patience = Atomic<UInt32>(0)

  /// Installs the signal handlers. Call it before any thread is started: threads inherit the signal mask that it sets.
  /// - Parameters:
  ///   - patience: whole seconds after the first wish at which the process leaves at once; 0 for never.
  ///   - talks: whether this process answers signals with a line on standard error. Only one of several ranks does.
  package static func install(patience: Int, talks: Bool) {
    // The flags exist before a handler can run.
    StopWords.prepare(talks: talks)
    wished.store(0, ordering: .relaxed)
    urged.store(0, ordering: .relaxed)
    isSaved.store(false, ordering: .relaxed)
    self.patience.store(UInt32(clamping: patience), ordering: .relaxed)
    var mask = sigset_t()
    sigemptyset(&mask)
    for signal in signals + [SIGALRM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { StopRequest.handle($0) }
      action.sa_flags = SA_RESTART
      var present = sigaction()
      sigaction(signal, nil, &present)
      // SIGALRM is the program's own timer.
      guard signal == SIGALRM || !isIgnored(present) else { continue }
      sigaction(signal, &action, nil)
      sigaddset(&mask, signal)
    }
    // A launcher may pass on its own signal mask, and a blocked signal would never arrive.
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
  }

  /// Whether the action ignores its signal.
  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Changes `patience`, see `install`.
  package static func setPatience(_ seconds: Int) {
    patience.store(UInt32(clamping: seconds), ordering: .relaxed)
  }

  /// Notes what the process does from now on, for its answer to a signal.
  package static func enter(_ phase: StopPhase) { StopWords.enter(phase) }

  /// Notes that a checkpoint exists. A run that goes on from a checkpoint calls it at its start.
  /// - Parameter secondsAgo: seconds since training went past the state in the checkpoint.
  package static func checkpointIsKept(secondsAgo: Double = 0) {
    StopWords.checkpoint(secondsAgo: secondsAgo)
  }

  /// Sets the advice that ends the last line of a process that leaves at once: "go on with: fusionctl train --resume
  /// --out runs/a".
  package static func advise(_ line: String) { StopWords.advise(line) }

  /// The first wish to stop; nil as long as there is none.
  package static var reason: StopReason? { StopReason(rawValue: wished.load(ordering: .relaxed)) }

  /// Notes a wish that is no signal of this process: the end of the job, or the signal of another rank. An earlier wish
  /// is kept.
  /// - Returns: whether this wish is the first.
  @discardableResult package static func wish(_ reason: StopReason) -> Bool {
    let isFirst = wished.compareExchange(expected: 0, desired: reason.rawValue, ordering: .relaxed).exchanged
    if isFirst { alarm(patience.load(ordering: .relaxed)) }
    return isFirst
  }

  /// Notes that everything is saved: from now on a signal ends the process with 75.
  package static func everythingIsSaved() { isSaved.store(true, ordering: .relaxed) }

  // MARK: - In the signal handler: only atomics and calls that POSIX allows there.

  private static func handle(_ signal: Int32) {
    let code = errno
    defer { errno = code }
    if isSaved.load(ordering: .relaxed) { _exit(75) }
    let reason: StopReason
    switch signal {
    case SIGINT: reason = .interrupt
    case SIGTERM: reason = .terminate
    case SIGUSR1: reason = .userSignal
    case SIGUSR2: reason = .secondUserSignal
    case SIGHUP: reason = .hangUp
    case SIGXCPU: reason = .processorTime
    default:
      // A SIGALRM before any wish comes from another program and ends nothing.
      if wished.load(ordering: .relaxed) != 0 { leave(signal, "the time to stop is over") }
      return
    }
    let isFirst = wish(reason)
    guard signal == SIGINT || signal == SIGTERM else {
      return StopWords.answer(signal, isFirst: isFirst, mayComeAgain: false)
    }
    let now = MonotonicTime.milliseconds
    let first = urged.compareExchange(expected: 0, desired: now, ordering: .relaxed)
    guard !first.exchanged else { return StopWords.answer(signal, isFirst: isFirst, mayComeAgain: true) }
    guard now - first.original >= oneWish else { return }
    leave(signal, signal == SIGINT ? "SIGINT came again" : "SIGTERM came again")
  }

  private static func leave(_ signal: Int32, _ cause: StaticString) -> Never {
    StopWords.leave(cause)
    _exit(128 + signal)
  }
}

/// What a process is doing when a wish to stop arrives.
package enum StopPhase: UInt8, Sendable {
  /// There is nothing to save yet: the first step of a training has not begun.
  case preparing
  /// An evaluation, whose result comes at its end.
  case evaluating
  /// A step of a training.
  case training
  /// The validation after an epoch.
  case validating
  /// All epochs are done, and the last files are written.
  case finishing
  /// The windows of a map, which are kept as they are computed.
  case mapping
}
