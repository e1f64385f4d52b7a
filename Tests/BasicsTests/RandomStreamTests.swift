import Basics
import Testing

@Suite struct RandomStreamTests {
  @Test func sameSeedAndPathGiveTheSameNumbers() {
    var first = RandomStream(seed: 7, path: 3, 1)
    var second = RandomStream(seed: 7, path: 3, 1)
    var other = RandomStream(seed: 7, path: 1, 3)
    let values = (0..<8).map { _ in first.next() }
    #expect(values == (0..<8).map { _ in second.next() })
    #expect(values != (0..<8).map { _ in other.next() })
  }

  @Test func permutationHoldsEveryIndexOnce() {
    var random = RandomStream(seed: 1)
    let order = random.permutation(1000)
    #expect(order.sorted() == Array(0..<1000))
    #expect(order != Array(0..<1000))
  }

  @Test func momentsOfTheDistributions() {
    var random = RandomStream(seed: 2)
    let normals = (0..<20_000).map { _ in random.normal() }
    let mean = normals.reduce(0, +) / 20_000
    let variance = normals.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 20_000
    #expect(abs(mean) < 0.03 && abs(variance - 1) < 0.05)
    var counts = [Int](repeating: 0, count: 3)
    for _ in 0..<30_000 { counts[random.integer(below: 3)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
  }
}
