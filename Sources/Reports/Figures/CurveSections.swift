import Basics
import Metrics
import Plots
import Presentation

extension ReportSection {
  // MARK: Precision against recall

  static func precisionRecall(_ subjects: [Subject]) -> ReportSection {
    let classes = subjects[0].table.classes
    let half = Axis("", exactly: 0...1, marks: 2)
    func panel(_ title: String, _ curves: [PrecisionRecallCurve?], share: Double?) -> Plot {
      var chart = LineChart(
        title, x: half, y: half,
        series: (share.map { [.init("", [(0, $0), (1, $0)], colour: nil, isNamed: false)] } ?? [])
          + curves.enumerated().compactMap { place, curve in
            curve.map { .init("", points($0), colour: place, isNamed: false) }
          })
      (chart.width, chart.height) = (174, 160)
      let values = curves.compactMap(\.self).map { NumberText.fixed($0.averagePrecision, 2) }
      chart.note =
        values.count > 3
        ? "AP \(values.min() ?? "")–\(values.max() ?? "")"
        : values.isEmpty ? "no patch" : "AP " + values.joined(separator: " / ")
      return chart.plot("\(title): precision against recall, \(chart.note ?? "")")
    }
    let n = Double(subjects[0].table.count)
    let panels =
      [panel("All, micro", subjects.map(\.evidence.curves.micro), share: nil)]
      + classes.indices.map { k in
        panel(
          classes[k], subjects.map(\.evidence.curves.classes[k]),
          share: Double(subjects[0].metrics.classes[k].support) / n)
      }
    let rows = subjects.flatMap { subject in
      ([("micro", subject.evidence.curves.micro)] + zip(classes, subject.evidence.curves.classes)).flatMap {
        name, curve in
        (curve?.thresholds.indices ?? 0..<0).map { place in
          [
            subject.title, name, "\(curve?.thresholds[place] ?? 0)", cell(curve?.precision[place]),
            cell(curve?.recall[place]),
          ]
        }
      }
    }
    return ReportSection(
      "precision-recall", "Precision and recall",
      lead: "Each panel has recall across and precision upwards, for every threshold. "
        + "The pale line is the share of patches with the class: the precision of guessing. "
        + order(subjects),
      [
        .panels(
          ReportFigure(
            "precision-recall", panels, across: 4,
            columns: ["run", "class", "threshold", "precision", "recall"], rows: rows))
      ])
  }

  /// The curve from recall 0 on.
  private static func points(_ curve: PrecisionRecallCurve) -> [(x: Double, y: Double)] {
    [(0, curve.precision[0])] + zip(curve.recall, curve.precision).map { ($0, $1) }
  }

  /// Which colour is which run.
  private static func order(_ subjects: [Subject]) -> String {
    guard subjects.count > 1 else { return "" }
    let names = ["blue", "red", "green", "ochre", "cyan", "purple", "grey", "violet"]
    return "Runs: "
      + subjects.map { "\($0.title) \(names[$0.place % names.count])" }.joined(separator: ", ") + "."
  }

  // MARK: Reliability

  static func reliability(_ subjects: [Subject]) -> ReportSection {
    let isSingle = subjects[0].table.task == .single
    let figures = subjects.map { subject -> ReportFigure in
      let calibration = subject.evidence.calibration
      let bins = calibration.bins.compactMap { bin -> ReliabilityDiagram.Bin? in
        guard let mean = bin.meanProbability, let share = bin.share else { return nil }
        return .init(bounds: bin.bounds, count: bin.count, meanProbability: mean, share: share)
      }
      let diagram = ReliabilityDiagram(
        subject.heading("Reliability"), bins: bins, colour: subject.place,
        note: "ECE \(NumberText.fixed(calibration.expectedError, 4))")
      return ReportFigure(
        subject.name("reliability"), [diagram.plot("Shares that are right, by probability")],
        columns: ["from", "to", "decisions", "mean_probability", "share"],
        rows: calibration.bins.map {
          [
            "\($0.bounds.lowerBound)", "\($0.bounds.upperBound)", "\($0.count)", cell($0.meanProbability),
            cell($0.share),
          ]
        })
    }
    let values = subjects.map { subject -> [ReportCell] in
      [
        ReportCell(subject.title),
        ReportCell("expected_calibration_error", subject.evidence.calibration.expectedError),
        ReportCell("largest_calibration_error", subject.evidence.calibration.largestError),
      ]
    }
    return ReportSection(
      "reliability", "Are the probabilities honest?",
      lead:
        "Of decisions with a probability of 0.8, 80 % should be right: then the points lie on the dashed diagonal. Red "
        + "lines show how far off they are. "
        + (isSingle
          ? "A decision is the class of highest probability of a patch. "
          : "A decision is one class of one patch; it is right where the patch has the class. ")
        + "The calibration error (ECE) is the mean distance over all decisions.",
      [
        .figures(figures),
        .table(
          ReportTable(
            "calibration",
            columns: [
              .init("Run", isNumber: false), .init("Calibration error (ECE)"), .init("Largest of a bin"),
            ],
            rows: values)),
      ])
  }

  // MARK: F1 against the threshold

  static func thresholds(_ subjects: [Subject]) -> ReportSection {
    func figure(
      _ name: String, _ title: String, _ curve: (ThresholdCurve) -> [Double]
    ) -> ReportFigure {
      let curves = subjects.map { curve($0.evidence.thresholds) }
      var chart = LineChart(
        title, x: Axis("threshold", exactly: 0...1, marks: 5), y: Axis("", exactly: 0...1, marks: 5),
        series: subjects.indices.map { place in
          .init(
            subjects[place].title, Array(zip(ThresholdCurve.thresholds, curves[place])).map { ($0, $1) },
            colour: place)
        })
      if subjects[0].table.task == .multi { chart.marks = [(ClassificationTask.usualThreshold, "used: 0.5")] }
      return ReportFigure(
        name, [chart.plot("\(title) against the threshold")],
        columns: ["threshold"] + subjects.map(\.title),
        rows: ThresholdCurve.thresholds.indices.map { place in
          ["\(ThresholdCurve.thresholds[place])"] + curves.map { cell($0[place]) }
        })
    }
    let sentences = subjects.map { subject -> Block in
      let best = ThresholdCurve.best(of: subject.evidence.thresholds.micro)
      let here = NumberText.fixed(subject.evidence.thresholds.micro[50], 3)
      return .text(
        subject.heading(
          "Micro-F1 is highest, \(NumberText.fixed(best.value, 3)), at a threshold of "
            + "\(NumberText.fixed(best.threshold, 2)), and \(here) at 0.50. A threshold that is to be used must be chosen "
            + "on the validation patches."))
    }
    return ReportSection(
      "thresholds", "F1 against the threshold",
      lead: subjects[0].table.task == .multi
        ? "A class is predicted from this probability on."
        : "Each class against all others, predicted from this probability on. The network itself takes the class of highest "
          + "probability.",
      [
        .figures([
          figure("threshold-micro", "F1, micro", \.micro), figure("threshold-macro", "F1, macro", \.macro),
        ])
      ] + sentences)
  }
}

extension ClassificationTask {
  /// The threshold of multi-label decisions.
  static var usualThreshold: Double { Double(decisionThreshold) }
}
