import Presentation

/// What the joins of the network take of each sensor.
extension EvaluationReport {
  /// A sentence for each join; with `all` also a table of the classes. Empty for a network that does not decide that.
  func shareText(_ style: TextStyle, all: Bool) -> String {
    guard !shares.isEmpty else { return "" }
    let sentences = shares.map { style.wrapped($0.sentence, indent: 2) + "\n" }
    return "\n" + sentences.joined() + (all ? "\n" + shareTable.text(style) : "")
  }

  /// A row for each class that has a share, and a column for each sensor, in per cent; one section for each join.
  var shareTable: TextTable {
    let sensors = shares[0].order
    return TextTable(
      columns: [.init("takes, %", .left)] + sensors.map { .init($0, .right) },
      sections: shares.map { share in
        let classes = metrics.classes.compactMap { report in
          share.classes[report.name].map { (report.name, $0) }
        }
        return .init(
          share.layer,
          ([("all", share.sensors)] + classes).map { name, values in
            TextTable.Row([name] + sensors.map { NumberText.fixed(100 * (values[$0] ?? 0), 0) })
          })
      })
  }
}
