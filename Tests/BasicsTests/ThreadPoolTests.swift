import Basics
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
  /// Also with more threads than cores, with and without pinning.
  @Test(arguments: [1, 2, 3, 8, 64], [false, true])
  func everyTaskRunsOnceInEverySection(threads: Int, isPinned: Bool) throws {
    let pool = try ThreadPool(threads: threads, isPinned: isPinned)
    for tasks in [0, 1, 2, 7, 100] {
      let counts = (0..<tasks).map { _ in Counter() }
      for _ in 0..<200 {
        pool.run(tasks) { task, thread in
          counts[task].value.add(thread < threads ? 1 : 1000, ordering: .relaxed)
        }
      }
      #expect(counts.allSatisfy { $0.value.load(ordering: .relaxed) == 200 })
    }
  }

  /// Each task runs once, and none begins before all tasks of the stage before are done.
  @Test(arguments: [1, 2, 5, 32]) func stagesFollowEachOther(threads: Int) throws {
    let pool = try ThreadPool(threads: threads)
    for stages in [[3, 40, 5], [40, 3, 0], [0, 17, 4], [1, 1, 1], [0, 0, 6], [25, 0, 25], [0, 0, 0]] {
      let finished = (0..<3).map { _ in Counter() }
      let early = Counter()
      for round in 1...100 {
        pool.run(stages: stages[0], stages[1], stages[2]) { stage, task, _ in
          for before in 0..<stage
          where finished[before].value.load(ordering: .acquiring) != round * stages[before] {
            early.value.add(1, ordering: .relaxed)
          }
          if task < stages[stage] { finished[stage].value.add(1, ordering: .acquiringAndReleasing) }
        }
      }
      #expect(early.value.load(ordering: .relaxed) == 0)
      #expect(finished.map { $0.value.load(ordering: .relaxed) } == stages.map { 100 * $0 })
    }
  }

  @Test func sectionsAreCounted() throws {
    let pool = try ThreadPool(threads: 3)
    for _ in 0..<10 { pool.run(7) { _, _ in } }
    pool.run(stages: 2, 2) { _, _, _ in }
    // A single task needs no other thread.
    pool.run(1) { _, _ in }
    #expect(pool.sections == 11 && pool.sleeps >= 0)
  }

  /// The calling thread is pinned to its core only while the pool exists.
  @Test func pinningEndsWithThePool() throws {
    let before = ThreadPool.threadCores
    var pool: ThreadPool? = try ThreadPool(threads: ThreadPool.maskCores, isPinned: true)
    #expect(ThreadPool.threadCores == (ThreadPool.maskCores > 1 ? 1 : before))
    let free = try ThreadPool(threads: 2)
    let cores = Counter()
    let waiting = Counter()
    free.run(2) { _, thread in
      // Both threads have a task.
      waiting.value.add(1, ordering: .acquiringAndReleasing)
      while waiting.value.load(ordering: .acquiring) < 2 {}
      if thread == 1 { cores.value.store(ThreadPool.threadCores, ordering: .relaxed) }
    }
    #expect(cores.value.load(ordering: .relaxed) == ThreadPool.maskCores)
    withExtendedLifetime(pool) {}
    pool = nil
    #expect(ThreadPool.threadCores == before)
  }

  /// Making pages keeps what they hold.
  @Test func pagesAreMadeWithTheirContents() throws {
    let pool = try ThreadPool(threads: 2)
    let buffer = try AlignedBuffer<Int32>(count: 3 << 20)
    for place in stride(from: 0, to: buffer.count, by: 4099) { buffer.pointer[place] = Int32(place) }
    buffer.makePages(on: pool)
    #expect(
      buffer.elements.indices.allSatisfy { buffer.pointer[$0] == ($0 % 4099 == 0 ? Int32($0) : 0) })
  }
}

private final class Counter: Sendable {
  let value = Atomic<Int>(0)
}
