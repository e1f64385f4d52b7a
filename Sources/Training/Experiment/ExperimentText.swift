extension Experiment {
  /// The whole experiment as configuration text. `Experiment(yaml:)` reads an equal experiment from it.
  public var yaml: String {
    var lines: [String] = []
    var group: String?
    for key in ExperimentKey.all {
      if key.group != group, let name = key.group { lines.append("\(name):") }
      group = key.group
      lines.append((group == nil ? "" : "  ") + "\(key.name): \(key.text(self))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Every key with its default, what it may hold and what it is for, as aligned text.
  public static var keyHelp: String {
    let defaults = Experiment()
    let table = TextTable(
      columns: ["key", "default", "value", "meaning"].map { .init($0, .left) },
      rows: ExperimentKey.all.map { [$0.path, $0.text(defaults), $0.expectation, $0.summary] })
    return table.text
  }
}
