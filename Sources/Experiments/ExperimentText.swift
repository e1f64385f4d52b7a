extension Experiment {
  /// The whole experiment as configuration text. `Experiment(yaml:)` reads an equal experiment from it.
  package var yaml: String {
    var lines: [String] = []
    var group: String?
    for key in ExperimentKey.all {
      if key.group != group, let name = key.group { lines.append("\(name):") }
      group = key.group
      lines.append((group == nil ? "" : "  ") + "\(key.name): \(key.text(self))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Every key that must be the same on all ranks of a job, one a line: all but those that follow from the
  /// machine.
  package var agreement: String {
    ExperimentKey.all.filter { !["threads", "data.workers", "data.prefetch"].contains($0.path) }
      .map { "\($0.path): \($0.text(self))" }.joined(separator: "\n")
  }
}
