import RunSupport
import Testing

@testable import Presentation
@testable import Training

@Suite struct EpochTableTests {
  private func line(
    _ epoch: Int, of epochs: Int = 100, loss: Double = 0.60449, isBest: Bool = false, wait: Double = 0.02,
    exchange: Double? = nil, left: Double? = 777_600
  ) throws -> RunEpoch {
    var record = try sampleRecord(epoch, loss: loss)
    record.pace.dataWaitShare = wait
    return RunEpoch(
      record: record, training: try sampleMetrics(), validation: try sampleMetrics(), isBest: isBest,
      exchangeShare: exchange, secondsLeft: left,
      standing: RunStanding(epochs: epochs, epoch: epoch, step: 0, globalStep: 0, history: RunHistory()))
  }

  @Test func rowsUnderAHead() throws {
    var table = EpochTable()
    #expect(
      table.next(try line(1, isBest: true), .plain) == """
          epoch     loss  val loss   micro-F1      time  patches/s    left
          1/100   0.6045    0.3333    *0.7273      0:13       8.00     9 d
        """)
    #expect(
      table.next(try line(2, loss: 397_123.4), .plain)
        == "  2/100  4.0e+05    0.3333     0.7273      0:13       8.00     9 d")
    #expect(
      table.next(try line(100, left: 0), .plain)
        == "100/100   0.6045    0.3333     0.7273      0:13       8.00")
    var coloured = TextStyle.plain
    coloured.hasColour = true
    #expect(table.next(try line(4, isBest: true), coloured).contains("    \u{1B}[1m*0.7273\u{1B}[0m  "))
    let heads = try (5...45).filter { try table.next(line($0), .plain).contains("micro-F1") }
    #expect(heads == [21, 41])
  }

  @Test func whatSlowsARunDown() throws {
    var table = EpochTable()
    _ = table.next(try line(1), .plain)
    let slow = try line(2, wait: 0.12, exchange: 0.051)
    #expect(
      table.next(slow, TextStyle(width: 120, hasColour: false, hasUnicode: true)).hasSuffix(
        "  9 d  data wait 12 %  exchange 5 %"))
    #expect(table.next(try line(3, wait: 0.12, exchange: 0.05), .plain).count <= 80)
    #expect(
      slow.sentence == "epoch 2/100: loss 0.6045, validation loss 0.3333, micro-F1 0.7273, 0:13, "
        + "8.00 patches/s, data wait 12 %, exchange 5 %, run 9 d left")
    #expect(try line(2, isBest: true, left: nil).sentence.hasSuffix("8.00 patches/s, data wait 2 %"))
  }

  @Test(arguments: [40, 56, 66, 80]) func rowsFit(width: Int) throws {
    var table = EpochTable()
    let style = TextStyle(width: width, hasColour: false, hasUnicode: true)
    let lines = try (1...3).flatMap { try table.next(line($0, isBest: true), style).split(separator: "\n") }
    #expect(lines.allSatisfy { $0.count <= width } && lines[0].contains("micro-F1"))
  }
}

@Suite struct RunClockTests {
  @Test func measuredPaces() {
    var clock = RunClock(epochs: 3, trainingPatches: 100, validationPatches: 50)
    #expect(clock.epochSeconds == nil && clock.secondsLeft(finished: 1) == nil)
    #expect(clock.rest(after: .validation, ofEpoch: 0) == nil)
    clock.measure(.training, patches: 0, seconds: 5)
    #expect(clock.trainingSeconds == nil)
    clock.measure(.training, patches: 10, seconds: 3)
    // One pass of three: 100 × 0.3 s + 50 × 0.1 s.
    #expect(abs(clock.epochSeconds! - 35) < 1e-9)
    clock.measure(.validation, patches: 10, seconds: 2)
    clock.measure(.training, patches: 10, seconds: 2)
    #expect(clock.epochSeconds == 30 && clock.secondsLeft(finished: 1) == 60)
    #expect(clock.secondsLeft(finished: 4) == 0)
  }

  @Test func whatFollows() throws {
    let clock = RunClock(
      epochs: 3, trainingPatches: 100, validationPatches: 50, trainingSeconds: 0.25, validationSeconds: 0.125)
    let training = try #require(clock.rest(after: .training, ofEpoch: 1))
    // 20 patches and an epoch at 0.5 s, two validations of 6.25 s.
    #expect(training.secondsLeft(left: 20, secondsAPatch: 0.5) == 72.5)
    let validation = try #require(clock.rest(after: .validation, ofEpoch: 1))
    #expect(validation.secondsLeft(left: 10, secondsAPatch: 0.5) == 5 + 25 + 25)
    #expect(clock.rest(after: .validation, ofEpoch: 2)?.isNothing == true)
    let unknown = RunClock(epochs: 2, trainingPatches: 90, validationPatches: 60)
    let rest = try #require(unknown.rest(after: .training, ofEpoch: 0))
    #expect(rest.secondsLeft(left: 0, secondsAPatch: 1) == 90 + 2 * 60 / 3)
  }
}
