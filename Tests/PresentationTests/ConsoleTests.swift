import RunSupport
import Testing

@testable import Presentation

@Suite struct ProgressReporterTests {
  @Test func barOnATerminal() {
    let sink = RecordingSink(isTerminal: true, width: 104)
    let progress = sink.reporter()
    progress.begin("epoch 3/100", total: 1000)
    sink.wait(10)
    progress.update(done: 250, loss: 0.51234, waited: 0.2)
    sink.wait(0.05)
    progress.update(done: 260)  // Too soon to draw again.
    sink.wait(29.95)
    progress.update(done: 1000, loss: 0.25, waited: 4)
    progress.end()
    #expect(
      sink.written == [
        "\repoch 3/100 ╌╌╌╌╌╌╌╌╌╌╌╌ 0 %  0/1,000\u{1B}[K",
        "\repoch 3/100 ━━━╌╌╌╌╌╌╌╌╌ 25 %  250/1,000  loss 0.5123  25.0/s  0:30 left\u{1B}[K",
        "\repoch 3/100 ━━━━━━━━━━━━ 100 %  1,000/1,000  loss 0.2500  25.0/s  0:00 left  data wait 10 %\u{1B}[K",
        "\r\u{1B}[K",
        "epoch 3/100: 1,000 patches in 0:40, 25.0 patches/s, data wait 10 %, loss 0.2500\n",
      ])
  }

  /// Left are 52 patches and two epochs of 100 at 10 patches/s, and three validations of 40 at 20 patches/s.
  private func narrow(_ width: Int) -> String {
    let sink = RecordingSink(isTerminal: true, width: width + 3)
    let progress = sink.reporter()
    let clock = RunClock(epochs: 30, trainingPatches: 100, validationPatches: 40, validationSeconds: 0.05)
    progress.begin("epoch 28/30", total: 100, rest: clock.rest(after: .training, ofEpoch: 27))
    sink.wait(4.8)
    progress.update(done: 48, loss: 0.123, waited: 0.48)
    return String((sink.written.last ?? "").dropFirst().dropLast(3))
  }

  @Test func whatMattersLeastLeavesFirst() {
    let start = "epoch 28/30 ━━━━━╌╌╌╌╌╌╌ 48 %"
    let times = "0:05 left  run 31 s"
    #expect(narrow(95) == start + "  48/100  loss 0.1230  10.0/s  \(times)  data wait 10 %")
    #expect(narrow(94) == start + "  loss 0.1230  10.0/s  \(times)  data wait 10 %")
    #expect(narrow(86) == start + "  loss 0.1230  10.0/s  \(times)")
    #expect(narrow(70) == start + "  loss 0.1230  \(times)")
    #expect(narrow(62) == start + "  loss 0.1230  0:05 left")
    #expect(narrow(52) == start + "  loss 0.1230")
    #expect(narrow(41) == start && narrow(29) == start)
    #expect(narrow(28) == "epoch 28/30 48 %" && narrow(5) == "epoch")
  }

  @Test(arguments: 1...120)
  func barFitsEveryWidth(_ width: Int) {
    let sink = RecordingSink(isTerminal: true, width: width)
    let progress = sink.reporter()
    progress.begin("epoch 3/100", total: 12_345)
    sink.wait(1)
    progress.update(done: 5_000, loss: 12345.678, waited: 0.5)
    for piece in sink.written {
      #expect(piece.hasPrefix("\r") && piece.hasSuffix("\u{1B}[K"))
      #expect(piece.dropFirst().dropLast(3).count <= max(width - 3, 0))
    }
  }

  @Test func messagesStayAboveTheBar() {
    let sink = RecordingSink(isTerminal: true, width: 22)
    let progress = sink.reporter()
    progress.message("before")
    progress.begin("test", total: 10)
    progress.message("saved")
    progress.clear()
    progress.message("after")
    progress.end()
    let bar = "\rtest 0 %\u{1B}[K"
    #expect(sink.written == ["before\n", bar, "\r\u{1B}[K", "saved\n", bar, "\r\u{1B}[K", "after\n"])
  }

  @Test func linesElsewhere() {
    let sink = RecordingSink(isTerminal: false)
    let progress = sink.reporter()
    progress.begin("epoch 1/2", total: 200)
    for done in 1...200 {
      sink.wait(0.5)
      progress.update(done: done, loss: 1, waited: 0)
    }
    progress.end()
    #expect(
      sink.written.first
        == "epoch 1/2: 20/200, 10 %, 2.00 patches/s, data wait 0 %, ETA 1:30, loss 1.000\n")
    #expect(
      sink.written.last == "epoch 1/2: 200 patches in 1:40, 2.00 patches/s, data wait 0 %, loss 1.000\n")
    #expect(sink.written.count == 10)
  }

  @Test func longPhasesAreNotSilent() {
    let sink = RecordingSink(isTerminal: false)
    let progress = sink.reporter()
    let clock = RunClock(epochs: 2, trainingPatches: 100_000, validationPatches: 60_000)
    progress.begin(
      "epoch 1/2", total: 100_000, done: 40_000, rest: clock.rest(after: .training, ofEpoch: 0))
    for second in 1...180 {
      sink.wait(1)
      progress.update(done: 40_000 + second)
    }
    #expect(
      sink.written == [
        "epoch 1/2: 40,060/100,000, 40 %, 1.00 patches/s, ETA 16:39:00, run 2 d left\n",
        "epoch 1/2: 40,120/100,000, 40 %, 1.00 patches/s, ETA 16:38:00, run 2 d left\n",
        "epoch 1/2: 40,180/100,000, 40 %, 1.00 patches/s, ETA 16:37:00, run 2 d left\n",
      ])
  }

  @Test func shortPhasesAreOneLine() {
    let sink = RecordingSink(isTerminal: false)
    let progress = sink.reporter()
    progress.begin("test", total: 50)
    for done in 1...50 {
      sink.wait(0.1)
      progress.update(done: done)
    }
    progress.end()
    #expect(sink.written == ["test: 50 patches in 0:05, 10.0 patches/s\n"])
  }

  @Test func clearedPhasesLeaveNothing() {
    let terminal = RecordingSink(isTerminal: true)
    let file = RecordingSink(isTerminal: false)
    for progress in [terminal.reporter(), file.reporter()] {
      progress.begin("epoch 1/2", total: 50)
      progress.update(done: 50)
      progress.clear()
      progress.end()
    }
    #expect(terminal.written.last == "\r\u{1B}[K")
    #expect(file.written.isEmpty)
  }

  @Test(arguments: [true, false])
  func quietIsSilent(_ isTerminal: Bool) {
    let sink = RecordingSink(isTerminal: isTerminal)
    let progress = sink.reporter(quiet: true)
    progress.begin("test", total: 50)
    sink.wait(100)
    progress.update(done: 25)
    progress.message("hello")
    progress.end()
    #expect(sink.written.isEmpty)
  }
}

@Suite struct NumberTextTests {
  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (18106, "18,106"), (-1_000_007, "-1,000,007")])
  func grouped(_ value: Int, _ text: String) { #expect(NumberText.grouped(value) == text) }

  @Test(arguments: [
    (0.0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (754, "12:34"), (11045, "3:04:05"),
    (86_399.6, "1 d 00:00:00"),
    (183_845, "2 d 03:04:05"), (-1, "–"), (.nan, "–"), (.infinity, "–"), (1e300, "–"),
  ])
  func duration(_ seconds: Double, _ text: String) { #expect(NumberText.duration(seconds) == text) }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (1_970_000_000, "1.97 GB"), (999_999, "1.00 MB"),
    (Int.max, "9223.37 PB"),
  ])
  func bytes(_ count: Int, _ text: String) { #expect(NumberText.bytes(count) == text) }

  @Test(arguments: [
    (0.0, "0.00"), (0.85, "0.85"), (9.99, "9.99"), (9.996, "10.0"), (12.34, "12.3"), (99.96, "100"),
    (1234.5, "1,235"), (.nan, "–"), (1e300, "–"),
  ])
  func rate(_ value: Double, _ text: String) { #expect(NumberText.rate(value) == text) }

  @Test(arguments: [(0.0, "0 %"), (0.456, "46 %"), (1.2, "100 %"), (-1, "0 %"), (.nan, "–")])
  func percent(_ share: Double, _ text: String) { #expect(NumberText.percent(share) == text) }

  @Test(arguments: [
    (0.0, "0 s"), (89.4, "89 s"), (90, "2 min"), (7199, "120 min"), (7200, "2 h"), (86_400, "24 h"),
    (777_600, "9 d"), (86_400_000, "1,000 d"), (-1, "–"), (.nan, "–"), (.infinity, "–"), (1e300, "–"),
  ])
  func span(_ seconds: Double, _ text: String) { #expect(NumberText.span(seconds) == text) }

  @Test(arguments: [
    (0.0, "0.0000"), (0.69315, "0.6932"), (0.00012345, "1.2e-04"), (1.25, "1.250"), (9.9996, "10.00"),
    (149.8571, "149.9"), (-99.996, "-100.0"), (9999.4, "9999"), (9999.5, "1.0e+04"), (397_100, "4.0e+05"),
    (.nan, "nan"), (.infinity, "inf"),
  ])
  func loss(_ value: Double, _ text: String) { #expect(NumberText.loss(value) == text) }
}
