/// Why a run stops before its end. Ranks exchange the raw value; 0 means that there is no wish to stop.
public enum StopReason: UInt8, Sendable, CustomStringConvertible {
  /// SIGINT.
  case interrupt = 1
  /// SIGTERM.
  case terminate
  /// SIGUSR1.
  case userSignal
  /// The time of the job is nearly over.
  case jobEnd
  /// SIGUSR2, the warning of some batch systems.
  case secondUserSignal
  /// SIGHUP: the terminal or the connection is gone.
  case hangUp
  /// SIGXCPU: the limit of processor time is near.
  case processorTime

  /// The words after "stopped by": "SIGTERM".
  public var description: String {
    switch self {
    case .interrupt: "SIGINT"
    case .terminate: "SIGTERM"
    case .userSignal: "SIGUSR1"
    case .jobEnd: "the end of the job"
    case .secondUserSignal: "SIGUSR2"
    case .hangUp: "SIGHUP"
    case .processorTime: "SIGXCPU"
    }
  }
}
