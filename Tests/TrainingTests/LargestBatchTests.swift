import Testing

@testable import Training

@Suite struct LargestBatchTests {
  /// Memory in proportion to the batch, with jumps as workspaces make them.
  private static func need(_ batch: Int) -> Int { 1000 + 70 * batch + (batch % 8 == 0 ? 0 : 130) }

  /// The batch that is found fits, and the next one does not.
  @Test(arguments: [3, 25, 64, 4096], [1200, 1271, 2830, 5000, 29_630, 200_000])
  func theNextOneDoesNotFit(start: Int, room: Int) throws {
    var plans = 0
    let batch = LargestBatch(room: room, near: start) {
      plans += 1
      return Self.need($0)
    }.batch
    guard let batch else {
      #expect(Self.need(2) > room)
      return
    }
    #expect(Self.need(batch) <= room && Self.need(batch + 1) > room)
    // Halving alone takes 12.
    #expect(plans <= 16)
  }

  @Test func theSearchEnds() {
    #expect(LargestBatch(room: 10_000_000, near: 25) { $0 }.batch == 4096)
    #expect(LargestBatch(room: 10, near: 25) { $0 }.batch == 10)
    #expect(LargestBatch(room: 2, near: 2) { $0 }.batch == 2)
    #expect(LargestBatch(room: 1, near: 25) { $0 }.batch == nil)
    // A network whose memory does not grow.
    #expect(LargestBatch(room: 5, near: 25) { _ in 5 }.batch == 4096)
  }
}
