import Basics
import Experiments
import Metrics
import Presentation
import Training

/// Everything that a report shows, before it is a page, Markdown or LaTeX.
package struct ReportContent {
  /// A figure that stands out at the top.
  struct Tile {
    let label: String
    let value: ReportCell
  }

  /// The head of a run: what it is, the verdict, its main figures.
  struct Head {
    let title: String
    /// "middle fusion of s2 + s1 · resnet101 · 42.5 M parameters".
    let subtitle: String
    let verdict: Verdict
    let tiles: [Tile]
  }

  let title: String
  let heads: [Head]
  let sections: [ReportSection]

  /// - Parameters:
  ///   - runs: at least one, all of the same classes.
  ///   - images: what the data folder of the first run gives: training patches, positions, pictures.
  /// - Throws: `InputError`: environment when the system refuses threads; numerics for a probability that is not finite.
  package init(_ runs: [ReportedRun], images: ReportImages) throws {
    let titles = runs.map(\.run).titles
    let subjects = try runs.enumerated().map { place, run in
      Subject(
        evidence: try Evidence(run, training: images.training), title: titles[place], place: place,
        isAlone: runs.count == 1)
    }
    let colours = runs[0].experiment?.classColours.map(\.hex) ?? []
    title = titles.joined(separator: ", ")
    heads = subjects.map(Self.head)
    sections = [
      try .comparison(subjects), .classes(subjects, colours: colours), .confusions(subjects),
      .precisionRecall(subjects), .reliability(subjects), .thresholds(subjects), .training(subjects),
      .gallery(subjects, images, colours: colours), .places(subjects, images.positions), .course(subjects),
      .origin(subjects),
      .allFigures(subjects),
    ].compactMap(\.self)
  }

  private static func head(_ subject: Subject) -> Head {
    let (run, evidence) = (subject.run, subject.evidence)
    let summary = run.summary
    let network =
      "\(summary.fusion == "none" ? "" : "\(summary.fusion) fusion of ")\(summary.sensors.joined(separator: " + "))"
    let labels =
      "\(summary.task == .multi ? "multi-label" : "single-label"), \(counted(summary.classes.count, "class", plural: "classes"))"
    let subtitle = [
      network, summary.architecture, "\(NumberText.fixed(Double(summary.parameters) / 1e6, 1)) M parameters",
      labels,
      "evaluated on \(run.patchText)",
    ].joined(separator: " · ")
    func tile(_ label: String, _ name: String, _ value: Double?, _ detail: String?) -> Tile {
      var cell = ReportCell(name, value)
      cell.detail = detail
      return Tile(label: label, value: cell)
    }
    let main = evidence.estimate(run.mainFigure)
    let macro = evidence.estimate(.macroF1)
    let mainTitle = run.mainFigureName.prefix(1).uppercased() + run.mainFigureName.dropFirst()
    return Head(
      title: subject.title, subtitle: subtitle, verdict: Verdict(evidence),
      tiles: [
        tile(mainTitle, run.mainFigure.rawValue, main.value, main.rangeText ?? "no interval"),
        tile("Macro-F1", MetricKey.macroF1.rawValue, macro.value, macro.rangeText ?? "no interval"),
        tile(
          "Average precision, macro", "macro_average_precision", evidence.curves.macroAveragePrecision,
          "micro \(Figures.metric(evidence.curves.micro?.averagePrecision, decimals: 2))"),
        tile(
          "Calibration error", "expected_calibration_error", evidence.calibration.expectedError,
          "0 is honest"),
        tile(
          "Best constant answer", "constant", evidence.constantValue,
          evidence.constant.words),
      ])
  }
}
