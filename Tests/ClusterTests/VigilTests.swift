import Testing

@testable import Cluster

/// When a rank gives up waiting. Each test sets the time.
@Suite struct VigilTests {
  private func vigil(_ rank: Int = 1, size: Int = 4) -> Vigil {
    Vigil(rank: rank, size: size, timeouts: Timeouts(rank: 30, collective: 600), now: 100)
  }

  /// Looks once a second.
  private func looks(
    _ vigil: inout Vigil, _ seconds: Range<Int>, hearing: Bool, calls: [(name: String, begun: Double)] = []
  ) -> (Int, Vigil.Finding)? {
    for second in seconds {
      if hearing { vigil.hear(vigil.signs, now: Double(second)) }
      if let finding = vigil.look(now: Double(second), calls: calls, hears: true) { return (second, finding) }
    }
    return nil
  }

  @Test func silence() {
    var watch = vigil()
    #expect(looks(&watch, 100..<120, hearing: true) == nil)
    let found = looks(&watch, 120..<200, hearing: false)
    #expect(found?.0 == 150 && found?.1 == .silent(rank: 0, seconds: 31))
    #expect(vigil(0).previous == 3)
    var left = vigil()
    #expect((100..<200).allSatisfy { left.look(now: Double($0), calls: [], hears: false) == nil })
  }

  @Test func aCallThatDoesNotComeBack() {
    var watch = vigil()
    watch.beat(entered: 7)
    var told = watch.signs
    told[0] = SignOfLife(beats: 5, entered: 7)
    told[2] = SignOfLife(beats: 5, entered: 6)
    told[3] = SignOfLife(beats: 5, entered: 7)
    watch.hear(told, now: 100)
    let found = looks(&watch, 100..<1000, hearing: true, calls: [("gradients", 150)])
    // Rank 1 waits 2 s longer than rank 0, so that only one of them prints the message.
    #expect(found?.0 == 753 && found?.1 == .stuck(call: "gradients", seconds: 603, absent: [2]))
  }

  @Test func aSuspendedJobStartsItsClocksAnew() {
    var watch = vigil()
    let calls = [(name: "gradients", begun: 110.0)]
    #expect(looks(&watch, 100..<120, hearing: true, calls: calls) == nil)
    // An hour later the others are not heard at once either.
    #expect(looks(&watch, 3720..<3740, hearing: false, calls: calls) == nil)
    #expect(looks(&watch, 3740..<3800, hearing: true, calls: calls) == nil)
    let found = looks(&watch, 3800..<5000, hearing: true, calls: calls)
    #expect(found?.0 == 3720 + 603)
  }

  @Test func onlyNewerSignsAreTaken() {
    var watch = vigil()
    var told = watch.signs
    told[3] = SignOfLife(beats: .max, entered: 9)
    watch.hear(told, now: 101)
    #expect(watch.signs[3].entered == 0, "older than what is known, by a counter that wraps around")
    told[3] = SignOfLife(beats: 2, entered: 9)
    told[1] = SignOfLife(beats: 50, entered: 50)
    watch.hear(told, now: 102)
    #expect(watch.signs[3].entered == 9)
    #expect(watch.signs[1] == SignOfLife(), "no other rank changes the sign of this rank")
  }
}
