import Basics
import Metrics
import Plots
import Presentation

extension ReportSection {
  /// Which classes are taken for which.
  static func confusions(_ subjects: [Subject]) -> ReportSection {
    let isSingle = subjects[0].table.task == .single
    var blocks = subjects.map { Block.wide(matrix($0)) }
    blocks += subjects.compactMap { subject in
      sentence(subject).map { .text(subject.heading($0)) }
    }
    if !isSingle { blocks += subjects.map { .table(decisions($0)) } }
    return ReportSection(
      "confusions", "Confusions",
      lead: isSingle
        ? "Rows are the true classes, columns what the network says. A cell shows the share of its row, and the number of "
          + "patches below it."
        : "Rows are classes that patches have, columns classes that are predicted. On the diagonal the class was found. "
          + "Elsewhere the class of the row was missed while the class of the column, which the patch does not have, was "
          + "predicted: the one may have been taken for the other. A cell shows the share of the patches with the class of "
          + "the row, and their number below it.", blocks)
  }

  private static func matrix(_ subject: Subject) -> ReportFigure {
    let (confusions, classes) = (subject.evidence.confusions, subject.table.classes)
    let isSingle = subject.table.task == .single
    func share(_ count: Int, _ row: Int) -> Double? {
      let support = confusions.support[row]
      return support == 0 ? nil : Double(count) / Double(support)
    }
    var cells = classes.indices.map { row in
      confusions.counts[row].map { MatrixChart.Cell(count: $0, share: share($0, row)) }
    }
    var (rows, columns) = (classes, classes)
    if !isSingle {
      for row in classes.indices {
        cells[row].append(.init(count: confusions.missed[row], share: share(confusions.missed[row], row)))
      }
      cells.append(confusions.added.map { .init(count: $0, share: nil) } + [.init(count: 0, share: nil)])
      rows.append("(nothing missed)")
      columns.append("(nothing wrong)")
    }
    let chart = MatrixChart(
      subject.heading("Confusions"), rows: (isSingle ? "true" : "present", rows),
      columns: ("predicted", columns), cells: cells)
    return ReportFigure(
      subject.name("confusions"),
      [chart.plot("Matrix of confusions: \(isSingle ? "true" : "present") by predicted classes")],
      columns: [isSingle ? "true" : "present"] + columns,
      rows: rows.indices.map { row in [rows[row]] + cells[row].map { "\($0.count)" } })
  }

  private static func sentence(_ subject: Subject) -> String? {
    guard let most = subject.evidence.confusions.most else { return nil }
    let (classes, support) = (subject.table.classes, subject.evidence.confusions.support[most.present])
    return
      "The most frequent confusion: \(classes[most.present]) is missed and \(classes[most.predicted]) predicted in its "
      + "place in \(NumberText.grouped(most.patches)) of \(NumberText.grouped(support)) patches with "
      + "\(classes[most.present])."
  }

  /// The two-by-two tables of the classes, one a row.
  private static func decisions(_ subject: Subject) -> ReportTable {
    func count(_ name: String, _ count: Int) -> ReportCell {
      var cell = ReportCell(NumberText.grouped(count))
      cell.figure = .init(name: name, value: Double(count))
      return cell
    }
    return ReportTable(
      subject.name("decisions"), title: subject.heading("Two by two: present or not, predicted or not"),
      columns: [
        .init("Class", isNumber: false), .init("Found"), .init("Missed"), .init("Wrongly predicted"),
        .init("Rightly not predicted"), .init("Accuracy"),
      ],
      rows: subject.metrics.classes.enumerated().map { k, report in
        [
          ReportCell(report.name), count("class.\(k).true_positives", report.truePositives),
          count("class.\(k).false_negatives", report.falseNegatives),
          count("class.\(k).false_positives", report.falsePositives),
          count("class.\(k).true_negatives", report.trueNegatives),
          ReportCell("class.\(k).accuracy", report.accuracy),
        ]
      })
  }
}
