import Basics
import Metrics

/// Everything that a report computes from the predictions of a run.
struct Evidence {
  let run: ReportedRun
  let curves: PrecisionRecallCurves
  let calibration: Calibration
  let thresholds: ThresholdCurve
  let confusions: ClassConfusions
  let errors: PatchErrors
  let places: PlaceErrors
  let constant: ConstantAnswer
  let leaks: LeakCheck
  /// Intervals of the run (subject 0) and of the constant answer (subject 1), and of their difference.
  private let bootstrap: ClusterBootstrap

  var table: PredictionTable { run.table }
  var metrics: ClassificationMetrics { run.metrics }

  /// - Parameter training: the patches on which the network was trained; nil where the data are gone.
  /// - Throws: `InputError` (environment) when the system refuses threads.
  init(_ run: ReportedRun, training: LeakCheck.TrainingPatches?) throws {
    let table = run.table
    self.run = run
    curves = PrecisionRecallCurves(table)
    calibration = Calibration(table)
    thresholds = ThresholdCurve(table)
    confusions = ClassConfusions(table)
    errors = PatchErrors(table)
    places = try PlaceErrors(table, errors)
    constant = ConstantAnswer(table)
    leaks = LeakCheck(
      table, figure: run.metrics[run.mainFigure], training: training,
      sharesPlaces: run.split == .validation && run.run.experiment?.data.validation == .paper)
    bootstrap = try ClusterBootstrap(
      subjects: [[try ClusterCounts(table)], [try ClusterCounts(constant.table)]], pairs: [(0, 1)])
  }

  /// A figure of the run with its interval, or why it has none.
  func estimate(_ figure: IntervalFigure) -> Estimate { bootstrap.estimate(figure) }

  func estimate(_ key: MetricKey) -> Estimate { bootstrap.estimate(.metric(key)) }

  /// The main figure of the best constant answer.
  var constantValue: Double { bootstrap.estimate(.metric(run.mainFigure), of: 1).value ?? 0 }

  /// The main figure of the run less that of the best constant answer.
  var gain: PairedDifference { bootstrap.difference(.metric(run.mainFigure), of: 0, from: 1) }

  /// The main figure on some of the patches; nil for fewer than ten, which say little.
  func mainFigure(of patches: [Int]) -> Double? {
    guard patches.count >= 10 else { return nil }
    return (try? table.rows(patches).metrics())?[run.mainFigure].known
  }
}
