import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A wish to stop, from the user or from the batch system.
///
/// SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 and SIGXCPU set a flag; the training loop looks at it after every step,
/// saves and leaves with 75. A second SIGINT or SIGTERM ends the process at once with 128 + its number, and so does
/// SIGALRM (142) when the run has not left some time after the first wish: the last checkpoint is intact then, what
/// came after it is lost. Once everything is saved, each of them leaves with 75. A signal that was ignored when the
/// program began, as nohup has it with SIGHUP, stays ignored.
public enum StopRequest {
  /// The signals that ask to stop.
  public static let signals = [SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU]

  /// Signals that a launcher, a shell and Slurm send along for one and the same wish come within this time, ms.
  static let oneWish: Int64 = 500

  /// Raw value of the first `StopReason`, 0 for none.
  private static let wished = Atomic<UInt8>(0)
  /// When SIGINT or SIGTERM came first, ms of the monotonic clock; 0 for never.
  private static let urged = Atomic<Int64>(0)
  private static let isSaved = Atomic<Bool>(false)
  /// Seconds from the first wish to the timer; 0 for no timer.
  private static let patience = Atomic<UInt32>(0)

  /// Starts listening. Threads inherit the signal mask that this sets: call it before there are any.
  /// - Parameter patience: whole seconds after the first wish at which the process leaves at once; 0 for never.
  public static func install(patience: Int) {
    // The flags exist before a handler can run.
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
      // The timer is the program's own.
      guard signal == SIGALRM || !isIgnored(present) else { continue }
      sigaction(signal, &action, nil)
      sigaddset(&mask, signal)
    }
    // Launchers may hand their own signal mask down, and a blocked signal would never arrive.
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
  }

  /// Whether this is what a process does with a signal that it ignores.
  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Changes the time after the first wish, see `install`.
  public static func setPatience(_ seconds: Int) {
    patience.store(UInt32(clamping: seconds), ordering: .relaxed)
  }

  /// The first wish to stop, nil as long as there is none.
  public static var reason: StopReason? { StopReason(rawValue: wished.load(ordering: .relaxed)) }

  /// Notes a wish that is no signal of this process: the end of the job, or the signal of another rank. An
  /// earlier wish stays.
  public static func wish(_ reason: StopReason) {
    let isFirst = wished.compareExchange(expected: 0, desired: reason.rawValue, ordering: .relaxed).exchanged
    if isFirst { alarm(patience.load(ordering: .relaxed)) }
  }

  /// From now on nothing is lost by leaving: a signal ends the process with 75.
  public static func everythingIsSaved() { isSaved.store(true, ordering: .relaxed) }

  // MARK: - In the signal handler: nothing but atomics and calls that POSIX allows there.

  private static func handle(_ signal: Int32) {
    let code = errno
    defer { errno = code }
    if isSaved.load(ordering: .relaxed) { _exit(75) }
    switch signal {
    case SIGINT: wish(.interrupt)
    case SIGTERM: wish(.terminate)
    case SIGUSR1: return wish(.userSignal)
    case SIGUSR2: return wish(.secondUserSignal)
    case SIGHUP: return wish(.hangUp)
    case SIGXCPU: return wish(.processorTime)
    default:
      // A timer that is not ours ends nothing.
      if wished.load(ordering: .relaxed) != 0 { leave(signal, "the time to stop is over") }
      return
    }
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let now = Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    let first = urged.compareExchange(expected: 0, desired: now, ordering: .relaxed)
    guard !first.exchanged, now - first.original >= oneWish else { return }
    leave(signal, signal == SIGINT ? "SIGINT came again" : "SIGTERM came again")
  }

  private static func leave(_ signal: Int32, _ cause: StaticString) -> Never {
    say("fusionctl: ")
    say(cause)
    say(": left at once; the last checkpoint is intact\n")
    _exit(128 + signal)
  }

  private static func say(_ text: StaticString) { _ = write(2, text.utf8Start, text.utf8CodeUnitCount) }
}
