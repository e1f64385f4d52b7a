/// What a training tells its user to do next; commands as a shell reads them.
package struct NextSteps: Sendable {
  /// The command that starts what a dry run has tried.
  package let start: String
  /// How a run goes on that was stopped: "go on with: fusionctl train --resume --out runs/a".
  package let resuming: String
  /// The command that tests the run: "fusionctl test runs/a"; nil where no run folder is named.
  package let test: String?

  package init(start: String, resuming: String, test: String?) {
    (self.start, self.resuming, self.test) = (start, resuming, test)
  }
}
