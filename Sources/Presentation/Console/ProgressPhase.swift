/// The state of one phase of a run, and its text.
package struct ProgressPhase: Sendable {
  let label: String
  let total: Int
  /// What is counted: "patches".
  let noun: String
  private(set) var done: Int
  private(set) var loss: Double?
  private var waited: Double?
  private let start: Double
  private let doneAtStart: Int
  /// The work of the run after this phase; nil where that is not known, or there is no run.
  private let rest: RunClock.Rest?
  /// Time of the latest change.
  var now: Double

  /// Time lost to waiting is reported from this share of the elapsed time on.
  package static let notableWait = 0.05
  private static let cells = 12

  init(
    label: String, total: Int, noun: String = "patches", done: Int, rest: RunClock.Rest?, start: Double
  ) {
    (self.label, self.total, self.done, self.rest, self.start) = (label, total, done, rest, start)
    self.noun = noun
    (doneAtStart, now) = (done, start)
  }

  mutating func advance(done: Int, loss: Double?, waited: Double?, now: Double) {
    (self.done, self.loss, self.waited, self.now) = (done, loss, waited, now)
  }

  private var elapsed: Double { max(now - start, 0) }

  /// Patches a second since the phase began; NaN before the first.
  private var rate: Double { elapsed > 0 && done > doneAtStart ? Double(done - doneAtStart) / elapsed : .nan }

  /// Share of the patches done.
  var share: Double { total > 0 ? min(max(Double(done) / Double(total), 0), 1) : 1 }

  private var count: String { "\(NumberText.grouped(done))/\(NumberText.grouped(total))" }

  private var rateText: String? { rate.isNaN ? nil : NumberText.rate(rate) }

  private var waitShare: Double? { waited.map { elapsed > 0 ? $0 / elapsed : .nan } }

  private var waitText: String? { waitShare.map { "data wait \(NumberText.percent($0))" } }

  private var lossText: String? { loss.map { "loss \(NumberText.loss($0))" } }

  /// Time to the end of the phase.
  private var left: String? { rate.isNaN ? nil : NumberText.duration(Double(total - done) / rate) }

  /// Time to the end of the run; nil if nothing follows this phase.
  private var runLeft: String? {
    guard let rest, !rest.isNothing, !rate.isNaN else { return nil }
    return "run \(NumberText.span(rest.secondsLeft(left: total - done, secondsAPatch: 1 / rate)))"
  }

  /// A line with all figures, for a log.
  var line: String {
    "\(label): "
      + [
        count, NumberText.percent(share), rateText.map { "\($0) \(noun)/s" }, waitText,
        left.map { "ETA \($0)" },
        lossText, runLeft.map { "\($0) left" },
      ].compactMap { $0 }.joined(separator: ", ")
  }

  /// The line at the end of the phase.
  var summary: String {
    let patches = "\(done == total ? NumberText.grouped(total) : count) \(noun)"
    return "\(label): "
      + [
        "\(patches) in \(NumberText.duration(elapsed))", rateText.map { "\($0) \(noun)/s" }, waitText,
        lossText,
      ].compactMap { $0 }.joined(separator: ", ")
  }

  /// One line of at most `width` columns: "epoch 12/100 ━━━━━━╌╌╌╌╌╌ 52 %  loss 0.123  13.4/s  3:12 left  run 9 d".
  ///
  /// Where there is no room, the least important parts are left out first: counts, data wait, rate, time of
  /// the run, time of the phase, loss, and last the bar.
  func bar(_ style: TextStyle, width: Int) -> String {
    let filled = Int(Double(Self.cells) * share)
    let bar = String(repeating: "━", count: filled) + String(repeating: "╌", count: Self.cells - filled)
    let isSlow = waitShare.map { $0 > Self.notableWait } ?? false
    // In the order of the line. The number is the place in the order of leaving out, from 0.
    var details = [
      (count, 0), (lossText, 5), (rateText.map { "\($0)/s" }, 2), (left.map { "\($0) left" }, 4),
      (runLeft, 3),
      (isSlow ? waitText : nil, 1),
    ].compactMap { text, order in text.map { (text: style.shown($0), order: order) } }
    let percent = NumberText.percent(share)
    func text(_ start: String) -> String { ([start] + details.map(\.text)).joined(separator: "  ") }
    let start = style.shown("\(label) \(bar) \(percent)")
    while text(start).displayWidth > width,
      let least = details.indices.min(by: { details[$0].order < details[$1].order })
    {
      details.remove(at: least)
    }
    return start.displayWidth <= width
      ? text(start) : String(style.shown("\(label) \(percent)").prefix(max(width, 0)))
  }
}
