import Basics
import Networks
import Testing

@Suite struct MemoryPlanTests {
  /// Describes the first pair of buffers that are alive at the same time and overlap; nil if there is none.
  static func overlap(_ plan: MemoryPlan, _ lifetimes: [MemoryPlan.Lifetime]) -> String? {
    for (index, a) in lifetimes.enumerated() {
      guard let offset = plan.offsets[a.buffer], offset >= 0, offset + a.bytes <= plan.bytes else {
        return "\(a) lies outside the arena"
      }
      for b in lifetimes.dropFirst(index + 1) where a.first <= b.last && b.first <= a.last {
        let other = plan.offsets[b.buffer]!
        if offset < other + b.bytes && other < offset + a.bytes { return "\(a) and \(b)" }
      }
    }
    return nil
  }

  @Test(arguments: 0..<40 as Range<UInt64>) func buffersAliveTogetherNeverOverlap(_ seed: UInt64) {
    var random = RandomStream(seed: seed)
    let lifetimes = (0..<80).map { index in
      let first = random.integer(below: 60)
      return MemoryPlan.Lifetime(
        buffer: BufferID(index: index), bytes: 1 + random.integer(below: 1 << (1 + index % 12)), first: first,
        last: first + random.integer(below: 1 + Int(seed)))
    }
    let plan = MemoryPlan(lifetimes, alignment: 16)
    #expect(Self.overlap(plan, lifetimes) == nil)
    #expect(plan.offsets.values.allSatisfy { $0 % 16 == 0 })
    // No plan can be smaller than the buffers that are alive at one moment.
    let most = (0..<120).map { time in
      lifetimes.filter { $0.first <= time && time <= $0.last }.reduce(0) { $0 + $1.bytes }
    }.max()!
    #expect(plan.bytes >= most)
  }

  @Test func aChainNeedsItsTwoLargestNeighbours() {
    let sizes = [160, 320, 640, 320, 160, 1600, 16]
    let lifetimes = sizes.enumerated().map {
      MemoryPlan.Lifetime(buffer: BufferID(index: $0), bytes: $1, first: $0, last: $0 + 1)
    }
    let plan = MemoryPlan(lifetimes, alignment: 16)
    #expect(Self.overlap(plan, lifetimes) == nil)
    #expect(plan.bytes == 1600 + 160)
  }

  @Test func programsOfNetworksHaveNoOverlaps() {
    let (graph, objectives) = ThinNetwork().build(.middle(stage: 2, weights: [1, 1]))
    let training = graph.differentiated(objectives).loweredForCPU(.training)
    let inference = graph.loweredForCPU(.inference)
    for program in [training, inference] {
      #expect(Self.overlap(program.plan, program.lifetimes) == nil)
      #expect(program.plan.bytes < program.lifetimes.reduce(0) { $0 + $1.bytes })
    }
    #expect(inference.arenaCount < training.arenaCount)
  }

  /// Separately trained networks need the memory of one: the first is done before the second begins.
  @Test func separateLateFusionNeedsTheMemoryOfOneNetwork() {
    func count(_ isJoint: Bool) -> Int {
      let (graph, objectives) = ThinNetwork(shape: (4, 32, 32)).build(.late(isJoint: isJoint))
      return graph.differentiated(objectives).loweredForCPU(.training).arenaCount
    }
    #expect(Double(count(false)) < 0.7 * Double(count(true)))
  }
}
