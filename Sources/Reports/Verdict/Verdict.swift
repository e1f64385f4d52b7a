import Basics
import Imagery
import Metrics
import Presentation

/// What a report says first: three sentences, each with a number, its interval, and what it is compared with.
struct Verdict {
  enum Judgement: String {
    case better = "better than a constant answer"
    case indistinguishable = "not distinguishable from a constant answer"
    case constant = "the same answer for every patch"
    case worse = "worse than a constant answer"
    case suspect = "not to be trusted: signs of a leak"
  }

  let judgement: Judgement
  let sentences: [String]

  init(_ evidence: Evidence) {
    let answer = Self.answer(evidence)
    sentences = [answer.sentence, Self.classes(evidence), Self.trust(evidence)]
    judgement = evidence.leaks.findings.isEmpty || answer.judgement != .better ? answer.judgement : .suspect
  }

  // MARK: How good, beside the best constant answer

  private static func answer(_ evidence: Evidence) -> (judgement: Judgement, sentence: String) {
    let (run, gain) = (evidence.run, evidence.gain)
    let name = run.mainFigureName
    let constant =
      "always answering \(evidence.constant.words) (\(short(evidence.constantValue)))"
    let estimate = evidence.estimate(run.mainFigure)
    let reached = "\(name) of \(withInterval(estimate, run.noun, isRepeated: false))"
    if let same = evidence.table.constantPrediction {
      let sentence =
        "The network gives the same answer for all \(run.patchText), \(evidence.table.names(same)), so it is no better "
        + "than a constant: \(reached), compared with \(constant)."
      return (.constant, sentence)
    }
    let article = evidence.table.task == .single ? "an" : "a"
    let start = "On \(run.patchText), the network reaches \(article) \(reached)"
    guard let value = gain.value else { return (.indistinguishable, "\(start), compared with \(constant).") }
    let size = short(abs(value))
    guard let interval = gain.interval else {
      let judgement: Judgement = value > 0 ? .better : value < 0 ? .worse : .indistinguishable
      return (judgement, "\(start), \(size) \(value < 0 ? "less" : "more") than \(constant).")
    }
    if interval.low <= 0, interval.high >= 0 {
      let sentence =
        "\(start). That is not distinguishable from \(constant): the difference is \(signed(value)) "
        + "(\(signed(interval.low)) to \(signed(interval.high)))."
      return (.indistinguishable, sentence)
    }
    let bounds = value < 0 ? (-interval.high, -interval.low) : (interval.low, interval.high)
    return (
      value < 0 ? .worse : .better,
      "\(start), \(size) (\(short(bounds.0)) to \(short(bounds.1))) \(value < 0 ? "less" : "more") than \(constant)."
    )
  }

  // MARK: Where it is good and where not

  private static func classes(_ evidence: Evidence) -> String {
    let reports = evidence.metrics.classes
    let ranked = reports.indices.filter { reports[$0].f1 != nil }
      .sorted { (reports[$0].f1 ?? 0, $0) > (reports[$1].f1 ?? 0, $1) }
    guard let best = ranked.first, let worst = ranked.last else { return "No patch has any class." }
    func text(_ k: Int) -> String {
      let estimate = evidence.estimate(.ofClass(.f1, k))
      return "\(reports[k].name) with an F1 of \(withInterval(estimate, evidence.run.noun))"
    }
    /// F1 of predicting the class for every patch.
    func always(_ k: Int) -> String {
      short(2 * Double(reports[k].support) / Double(reports[k].support + evidence.table.count))
    }
    guard best != worst else {
      return "Only one class occurs, \(text(best)), compared with \(always(best)) for always answering it."
    }
    return
      "The best class is \(text(best)), the weakest \(text(worst)); always answering them would give \(always(best)) "
      + "and \(always(worst))."
  }

  // MARK: How far to trust it

  private static func trust(_ evidence: Evidence) -> String {
    let (run, noun) = (evidence.run, evidence.run.noun)
    let figure = "\(run.mainFigureName) of \(withInterval(evidence.estimate(run.mainFigure), noun))"
    let count = evidence.table.count
    switch evidence.leaks.findings.first {
    case .samePatches(let same):
      return
        "Do not trust the \(figure): \(NumberText.grouped(same)) of \(NumberText.grouped(count)) patches are training "
        + "patches too, where 0 should be."
    case .sharedPlaces(let patches, let places):
      let others = evidence.table.ids.indices.filter { !Set(evidence.leaks.shared).contains($0) }
      let apart = evidence.mainFigure(of: others).map { "; the other patches reach \(short($0))" } ?? ""
      return
        "Do not trust the \(figure) for other \(noun.many): \(NumberText.grouped(patches)) of \(NumberText.grouped(count)) "
        + "patches lie in \(noun.counted(places)) that training patches come from, where 0 should be\(apart)."
    case .knownLists:
      return
        "Do not trust the \(figure) for other \(noun.many): these lists are the paper's, in which training and validation "
        + "share \(noun.many); compare the test, which shares none."
    case .tooGood:
      return
        "The \(figure) is suspiciously good, compared with the \(short(LeakCheck.suspicious)) that labels with errors "
        + "rarely allow: look for these patches, or copies of them, among the training patches before you believe it."
    case nil: return generalisation(evidence)
    }
  }

  /// The figure beside that of training or validation, and the error of the probabilities.
  private static func generalisation(_ evidence: Evidence) -> String {
    let (run, estimate) = (evidence.run, evidence.estimate(evidence.run.mainFigure))
    let error =
      "its probabilities are off by \(short(evidence.calibration.expectedError)) on average, where honest ones are off "
      + "by 0"
    let reference: (name: String, metrics: ClassificationMetrics)? =
      switch run.split {
      case .test: run.summary.best.map { ("validation", $0.validation) }
      case .validation: run.summary.best?.train.map { ("training", $0) }
      case .train: nil
      }
    guard let value = estimate.value, let reference, let theirs = reference.metrics[run.mainFigure].known
    else { return error.prefix(1).uppercased() + error.dropFirst() + "." }
    let difference = value - theirs
    let place =
      estimate.interval.map { interval in
        interval.contains(theirs)
          ? ", within the interval \(short(interval.low)) to \(short(interval.high))"
          : ", outside the interval \(short(interval.low)) to \(short(interval.high))"
      } ?? ""
    return
      "Its own \(reference.name) patches gave \(short(theirs))\(place), so it \(change(difference)) on these; \(error)."
  }

  /// "loses 0.026"; "gains nothing" where three digits show no difference.
  private static func change(_ difference: Double) -> String {
    let size = short(abs(difference))
    return size == short(0) ? "gains nothing" : "\(difference < 0 ? "loses" : "gains") \(size)"
  }

  // MARK: Numbers in sentences

  /// "0.734".
  static func short(_ value: Double) -> String { NumberText.fixed(value, 3) }

  /// "+0.021", "−0.003".
  static func signed(_ value: Double) -> String { (value < 0 ? "−" : "+") + short(abs(value)) }

  /// "0.734 (95 % interval 0.710 to 0.758)", or why there is no interval.
  ///
  /// Too few clusters are the reason of all figures, and said once: where `isRepeated` is false.
  static func withInterval(_ estimate: Estimate, _ noun: ClusterNoun, isRepeated: Bool = true) -> String {
    guard let value = estimate.value else { return "–" }
    if let interval = estimate.interval {
      return "\(short(value)) (95 % interval \(short(interval.low)) to \(short(interval.high)))"
    }
    if isRepeated, case .fewClusters? = estimate.absence { return "\(short(value)) (no interval)" }
    return "\(short(value)) (no interval: \(estimate.absence?.text(noun) ?? "unknown"))"
  }
}
