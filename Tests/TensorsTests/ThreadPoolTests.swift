import Synchronization
import Tensors
import Testing

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3, 8]) func everyTaskRunsOnceInEverySection(threads: Int) throws {
    let pool = try ThreadPool(threads: threads)
    for tasks in [0, 1, 2, 7, 100] {
      for _ in 0..<200 {
        let counts = (0..<tasks).map { _ in Counter() }
        pool.run(tasks) { task, thread in
          counts[task].value.add(1, ordering: .relaxed)
          if thread >= threads { counts[task].value.add(1000, ordering: .relaxed) }
        }
        #expect(counts.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
      }
    }
  }
}

private final class Counter: Sendable {
  let value = Atomic<Int>(0)
}
