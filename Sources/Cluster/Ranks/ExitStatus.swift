/// Exit statuses that job scripts know.
public enum ExitStatus {
  /// Stopped on request, with everything saved.
  public static let stopped: Int32 = 75
  /// Another rank was lost; running again continues from the last checkpoint, if there is one.
  public static let rankLost: Int32 = 76
}
