/// Exit statuses that job scripts know.
public enum ExitStatus {
  /// Stopped on request, with everything saved.
  public static let stopped: Int32 = 75
  /// Another rank was lost; the last checkpoint is intact, and running again continues from it.
  public static let rankLost: Int32 = 76
}
