import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A wish to stop, from the user or from the batch system: SIGINT, SIGTERM or SIGUSR1.
///
/// The handler only sets a flag; the training loop looks at it after every step, saves and leaves. A second
/// SIGINT or SIGTERM ends the process at once, with the last checkpoint intact.
public enum StopRequest {
  /// The signals that ask to stop.
  public static let signals = [SIGINT, SIGTERM, SIGUSR1]

  private static let received = Atomic<Int32>(0)

  /// Starts listening.
  public static func install() {
    // The flag exists before a handler can run.
    received.store(0, ordering: .relaxed)
    for signal in signals {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { StopRequest.received.store($0, ordering: .relaxed) }
      action.sa_flags = signal == SIGUSR1 ? SA_RESTART : SA_RESTART | Int32(bitPattern: UInt32(SA_RESETHAND))
      sigaction(signal, &action, nil)
    }
    // Launchers may hand their own signal mask down, and a blocked signal would never arrive.
    var mask = sigset_t()
    sigemptyset(&mask)
    for signal in signals { sigaddset(&mask, signal) }
    pthread_sigmask(SIG_UNBLOCK, &mask, nil)
  }

  /// The name of the signal that asked to stop, nil as long as none did.
  public static var signal: String? {
    switch received.load(ordering: .relaxed) {
    case 0: nil
    case SIGINT: "SIGINT"
    case SIGTERM: "SIGTERM"
    default: "SIGUSR1"
    }
  }
}
