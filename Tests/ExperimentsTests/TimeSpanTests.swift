import Basics
import Experiments
import Testing

@Suite struct TimeSpanTests {
  @Test(arguments: [("90s", 90), ("15m", 900), ("2h", 7200), ("1.5h", 5400), ("0.5s", 0.5)])
  func aNumberWithItsUnit(text: String, seconds: Double) throws {
    let span = try TimeSpan(text, flag: "--checkpoint-every")
    #expect(span.seconds == seconds && span.minutes == seconds / 60)
  }

  @Test func aPlainNumberIsRefusedWithTheRightForm() throws {
    let error = try #require(throws: InputError.self) { try TimeSpan("15", flag: "--checkpoint-every") }
    #expect(error.kind == .usage)
    #expect(error.description == "--checkpoint-every 15: a time needs its unit; write 15s, 15m or 15h")
  }

  @Test(arguments: [
    "", "m", "-5m", "0m", "5d", "1e3s", "0x1p3s", "infs", "nans", "5 m", "1h30m", "٣m", "1.2.3s",
  ])
  func anythingElseIsRefused(text: String) throws {
    let error = try #require(throws: InputError.self) { try TimeSpan(text, flag: "--checkpoint-every") }
    #expect(error.kind == .usage && error.remedy == "write for instance 90s, 15m or 2h")
  }
}
