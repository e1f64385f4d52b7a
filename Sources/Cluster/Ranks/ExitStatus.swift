/// Exit statuses that job scripts know.
package enum ExitStatus {
  /// Stopped on request, with everything saved.
  package static let stopped: Int32 = 75
  /// Another rank was lost; running again continues from the last checkpoint, if there is one.
  package static let rankLost: Int32 = 76
}
