import Metrics
import Plots
import Presentation
import Training

extension ReportSection {
  /// Losses, figures of the validation and learning rate by epoch; nil where no run has epochs.
  static func training(_ subjects: [Subject]) -> ReportSection? {
    let trained = subjects.filter { !$0.run.epochs.isEmpty }
    guard !trained.isEmpty else { return nil }
    let key = trained[0].run.mainFigure
    let second = MetricKey.macroF1
    let name = trained[0].run.mainFigureName
    return ReportSection(
      "training", "Training",
      lead:
        "The best epoch is the one with the highest \(name) on the validation patches; its weights are evaluated here."
        + (trained.contains { !$0.run.summary.finished } ? " A run is not finished." : ""),
      [
        .figures([
          losses(trained),
          figure(trained, "validation-\(name)", "Validation: \(name)") { $0.validation[key] },
          figure(trained, "validation-macro-f1", "Validation: macro-F1") { $0.validation[second] },
        ])
      ])
  }

  /// A figure of each epoch, a curve a run.
  static func figure(
    _ subjects: [Subject], _ name: String, _ title: String, including: [Double] = [],
    _ value: (EpochRecord) -> Double?
  ) -> ReportFigure {
    let series = subjects.map { subject in
      LineChart.Series(
        subject.title, subject.run.epochs.map { (Double($0.epoch), value($0) ?? .nan) }, colour: subject.place
      )
    }
    var chart = LineChart(
      title, x: axis(subjects),
      y: Axis("", holding: series.flatMap { $0.points.map(\.y) }, including: including, marks: 5),
      series: series)
    chart.marks = marks(subjects)
    return ReportFigure(
      name, [chart.plot("\(title) by epoch")], columns: ["run", "epoch", "value"],
      rows: subjects.flatMap { subject in
        subject.run.epochs.map { [subject.title, "\($0.epoch)", cell(value($0))] }
      })
  }

  private static func losses(_ subjects: [Subject]) -> ReportFigure {
    let series = subjects.flatMap { subject -> [LineChart.Series] in
      let epochs = subject.run.epochs
      let isAlone = subjects.count == 1
      return [
        .init(
          isAlone ? "training" : "\(subject.title), training",
          epochs.map { (Double($0.epoch), $0.trainLoss) },
          colour: subject.place, isDashed: true, isNamed: isAlone),
        .init(
          isAlone ? "validation" : subject.title, epochs.map { (Double($0.epoch), $0.validationLoss) },
          colour: subject.place),
      ]
    }
    var chart = LineChart(
      subjects.count == 1 ? "Loss" : "Loss (dashed: training)", x: axis(subjects),
      y: Axis("", holding: series.flatMap { $0.points.map(\.y) }, including: [0], marks: 5), series: series)
    chart.marks = marks(subjects)
    return ReportFigure(
      "loss", [chart.plot("Losses of training and validation by epoch")],
      columns: ["run", "epoch", "training", "validation"],
      rows: subjects.flatMap { subject in
        subject.run.epochs.map {
          [subject.title, "\($0.epoch)", cell($0.trainLoss), cell($0.validationLoss)]
        }
      })
  }

  static func axis(_ subjects: [Subject]) -> Axis {
    let epochs = subjects.flatMap { $0.run.epochs.map(\.epoch) }
    return .whole("epoch", (epochs.min() ?? 1)...(epochs.max() ?? 1))
  }

  /// The best epoch of a run that stands alone; several would hide the curves.
  static func marks(_ subjects: [Subject]) -> [(x: Double, word: String)] {
    guard subjects.count == 1, let best = subjects[0].run.summary.best else { return [] }
    return [(Double(best.epoch), "best: \(best.epoch)")]
  }
}
