import Basics
import Metrics
import Plots
import Presentation

extension ReportSection {
  /// Precision, recall, F1 and average precision of each class.
  static func classes(_ subjects: [Subject], colours: [String]) -> ReportSection {
    var blocks: [Block] = []
    if subjects.count > 1 { blocks.append(.table(sideBySide(subjects, colours))) }
    blocks += subjects.map { .table(table($0, colours)) }
    // The bars of one run are in its table.
    blocks.append(subjects.count > 1 ? .figures([bars(subjects)]) : .unseen(bars(subjects)))
    return ReportSection(
      "classes", "Classes",
      lead:
        "Support is the number of patches that have the class. Precision is the share of its predictions that are right, "
        + "recall the share of its patches that are found, F1 their harmonic mean. AP, the average precision, judges the "
        + "order of the probabilities without a threshold.", blocks)
  }

  private static func nameCell(_ name: String, _ k: Int, _ colours: [String]) -> ReportCell {
    var cell = ReportCell(name)
    cell.colour = colours.indices.contains(k) ? colours[k] : nil
    return cell
  }

  private static func countCell(_ name: String, _ count: Int) -> ReportCell {
    var cell = ReportCell(NumberText.grouped(count))
    cell.figure = .init(name: name, value: Double(count))
    return cell
  }

  private static func f1Cell(_ subject: Subject, _ k: Int) -> ReportCell {
    let estimate = subject.evidence.estimate(.ofClass(.f1, k))
    var cell = ReportCell("class.\(k).f1", subject.metrics.classes[k].f1)
    cell.bar = estimate.value.map { .init(value: $0, interval: estimate.range) }
    cell.detail = estimate.rangeText
    return cell
  }

  private static func table(_ subject: Subject, _ colours: [String]) -> ReportTable {
    let evidence = subject.evidence
    let rows = subject.metrics.classes.enumerated().map { k, report -> [ReportCell] in
      let best = evidence.thresholds.classes[k].map(ThresholdCurve.best)
      var threshold = ReportCell(best.map { NumberText.fixed($0.threshold, 2) } ?? Figures.missing)
      threshold.detail = best.map { "F1 \(NumberText.fixed($0.value, 2))" }
      return [
        nameCell(report.name, k, colours), f1Cell(subject, k),
        ReportCell("class.\(k).precision", report.precision), ReportCell("class.\(k).recall", report.recall),
        ReportCell("class.\(k).ap", evidence.curves.classes[k]?.averagePrecision),
        countCell("class.\(k).support", report.support), countCell("class.\(k).predicted", report.predicted),
        threshold,
      ]
    }
    func mean(_ name: String, _ keys: [MetricKey], _ average: Double?) -> [ReportCell] {
      let figures = keys.map { key in
        var cell = ReportCell(key.rawValue, subject.metrics[key].known)
        cell.isStrong = true
        cell.detail = key == keys[0] ? evidence.estimate(key).rangeText : nil
        return cell
      }
      var title = ReportCell(name)
      title.isStrong = true
      var ap = ReportCell("\(name.lowercased())_average_precision", average)
      ap.isStrong = true
      return [title] + figures + [ap, ReportCell(""), ReportCell(""), ReportCell("")]
    }
    let ends = [
      mean("Micro", [.microF1, .microPrecision, .microRecall], evidence.curves.micro?.averagePrecision),
      mean("Macro", [.macroF1, .macroPrecision, .macroRecall], evidence.curves.macroAveragePrecision),
    ]
    return ReportTable(
      subject.name("classes"), title: subject.isAlone ? "" : subject.title,
      columns: [
        .init("Class", isNumber: false), .init("F1"), .init("Precision"), .init("Recall"), .init("AP"),
        .init("Support"), .init("Predicted"), .init("Best threshold"),
      ], rows: rows + ends,
      notes: [
        "A dash is a figure that does not exist: nothing was predicted, or no patch has the class; it counts as 0 in macro "
          + "means. Best threshold: where F1 on these very patches is highest, a hopeful figure."
      ] + intervalNote(subject))
  }

  private static func intervalNote(_ subject: Subject) -> [String] {
    let (estimate, noun) = (subject.evidence.estimate(.microF1), subject.run.noun)
    if let absence = estimate.absence { return ["No interval: \(absence.text(noun))."] }
    return [
      "Intervals hold the true value in 95 of 100 evaluations on other \(noun.many) of the same kind; "
        + "they come from resampling whole \(noun.many). A class that occurs in few \(noun.many) has none."
    ]
  }

  private static func sideBySide(_ subjects: [Subject], _ colours: [String]) -> ReportTable {
    let rows = subjects[0].table.classes.enumerated().map { k, name -> [ReportCell] in
      let values = subjects.map { $0.metrics.classes[k].f1 }
      let best = values.compactMap(\.self).max()
      return [
        nameCell(name, k, colours),
        countCell("class.\(k).support", subjects[0].metrics.classes[k].support),
      ]
        + subjects.map { subject in
          var cell = f1Cell(subject, k)
          cell.isStrong = cell.figure?.value == best && Set(values).count > 1
          return cell
        }
    }
    return ReportTable(
      "classes-f1", title: "F1 of each class, side by side",
      columns: [.init("Class", isNumber: false), .init("Support")] + subjects.map { .init($0.title) },
      rows: rows)
  }

  private static func bars(_ subjects: [Subject]) -> ReportFigure {
    let names = subjects[0].table.classes
    let estimates = subjects.map { subject in
      names.indices.map { subject.evidence.estimate(.ofClass(.f1, $0)) }
    }
    let chart = BarChart(
      "F1 of each class", x: Axis("F1", exactly: 0...1, marks: 5),
      rows: names.indices.map { k in
        (names[k], estimates.map { .init($0[k].value, interval: $0[k].range) })
      },
      series: subjects.map(\.title))
    return ReportFigure(
      "classes-f1-bars", [chart.plot("F1 of each class with its 95 % interval")],
      columns: ["class"] + subjects.flatMap { ["f1 \($0.title)", "low \($0.title)", "high \($0.title)"] },
      rows: names.indices.map { k in
        [names[k]]
          + estimates.flatMap { [cell($0[k].value), cell($0[k].interval?.low), cell($0[k].interval?.high)] }
      })
  }
}
