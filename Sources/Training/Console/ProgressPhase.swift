/// The state of one phase and how it reads.
struct ProgressPhase: Sendable {
  let label: String
  let total: Int
  private(set) var done: Int
  private(set) var loss: Double?
  private var waited: Double?
  private let start: Double
  private let doneAtStart: Int
  /// Time of the latest change.
  var now: Double

  init(label: String, total: Int, done: Int, start: Double) {
    (self.label, self.total, self.done, self.start) = (label, total, done, start)
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

  private var speed: String? { rate.isNaN ? nil : "\(NumberText.rate(rate)) patches/s" }

  private var waitText: String? {
    waited.map { "data wait \(NumberText.percent(elapsed > 0 ? $0 / elapsed : .nan))" }
  }

  private var lossText: String? { loss.map { "loss \(NumberText.loss($0))" } }

  private var remaining: String? {
    rate.isNaN ? nil : "ETA \(NumberText.duration(Double(total - done) / rate))"
  }

  /// For a log: all there is to say.
  var line: String {
    "\(label): "
      + [count, NumberText.percent(share), speed, waitText, remaining, lossText].compactMap { $0 }
      .joined(separator: ", ")
  }

  /// For the end of the phase.
  var summary: String {
    let patches = "\(done == total ? NumberText.grouped(total) : count) patches"
    return "\(label): "
      + ["\(patches) in \(NumberText.duration(elapsed))", speed, waitText, lossText].compactMap { $0 }
      .joined(separator: ", ")
  }

  /// One line of at most `width` characters; what matters least goes first where there is no room.
  func bar(width: Int) -> String {
    var details = [NumberText.percent(share), count, lossText, remaining, speed, waitText].compactMap { $0 }
    func text() -> String { ([label] + details).joined(separator: "  ") }
    while text().count > width && !details.isEmpty { details.removeLast() }
    let room = min(width - text().count - 4, 30)
    guard room >= 5 else { return String(text().prefix(max(width, 0))) }
    let filled = Int(Double(room) * share)
    let bar = "[" + String(repeating: "█", count: filled) + String(repeating: "·", count: room - filled) + "]"
    return ([label, bar] + details).joined(separator: "  ")
  }
}
