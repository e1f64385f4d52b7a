import CUDAEngine
import Testing

/// Each mistake in a kernel is found, and the same kernel without the mistake passes.
@Suite struct EmulationTests {
  private let numbers = DeviceArray(.f32, (0..<256).map { 1 / Float($0 + 3) })

  private func error(_ kernel: String, _ order: ThreadOrder, _ arguments: [Argument]) -> String {
    attempt(kernel, .one, order, arguments) ?? ""
  }

  /// Sums of 256 numbers in each order of threads.
  private func sums(barrier: Bool) -> [UInt32] {
    ThreadOrder.allCases.map { order in
      let sum = DeviceArray(.f32, count: 1)
      launch(
        "mistake_barrier", .one, order, [.array(numbers), .array(sum), .int(barrier ? 1 : 0)])
      return sum.values(as: UInt32.self)[0]
    }
  }

  @Test func aMissingBarrierGivesOtherBitsInAnotherOrder() {
    #expect(Set(sums(barrier: true)).count == 1)
    #expect(Set(sums(barrier: false)).count > 1)
  }

  @Test(arguments: ThreadOrder.allCases) func aBarrierThatSomeThreadsMissIsAnError(_ order: ThreadOrder) {
    let out = DeviceArray(.f32, count: 256)
    #expect(error("mistake_branch", order, [.array(out), .int(256)]).isEmpty)
    #expect(error("mistake_branch", order, [.array(out), .int(255)]).contains("never reach"))
    #expect(error("mistake_two_barriers", order, [.array(out), .int(0)]).isEmpty)
    #expect(error("mistake_two_barriers", order, [.array(out), .int(1)]).contains("different barriers"))
  }

  @Test func aWrongLaneGivesOtherNumbers() {
    for (distance, isRight) in [(16, true), (8, false)] {
      let got = inEveryOrder { order in
        let out = DeviceArray(.f32, count: 256)
        launch("mistake_lane", .one, order, [.array(numbers), .array(out), .int(distance)])
        return [out]
      }[0].doubles(.f32)
      let exact = numbers.doubles(.f32)[32..<64].reduce(0, +)
      #expect((abs(got[40] - exact) < 1e-6) == isRight)
    }
  }

  @Test func aWriteBehindSharedMemoryIsAnError() {
    let out = DeviceArray(.f32, count: 256)
    #expect(error("mistake_shared", .forward, [.array(out), .int(256)]).isEmpty)
    #expect(error("mistake_shared", .forward, [.array(out), .int(257)]).contains("behind shared memory"))
  }

  /// Shared memory begins as NaN.
  @Test func sharedMemoryThatNobodyWroteGivesNaN() {
    for (count, isRight) in [(256, true), (255, false)] {
      let out = DeviceArray(.f32, count: 256)
      launch("mistake_unwritten", .one, .forward, [.array(numbers), .array(out), .int(count)])
      #expect(out.floats(.f32).allSatisfy { $0.isNaN != isRight })
    }
  }

  @Test func aVectorMustBeAligned() {
    let (input, out) = (DeviceArray(.f32, count: 2060), DeviceArray(.f32, count: 2048))
    #expect(error("mistake_vector", .forward, [.array(input), .array(out), .int(4)]).isEmpty)
    #expect(error("mistake_vector", .forward, [.array(input), .array(out), .int(3)]).contains("not aligned"))
  }

  /// A grid that is too small leaves NaN in the result; a row too many is written outside.
  @Test func arraysShowWhatIsMissingAndWhatIsTooMuch() {
    let out = DeviceArray(.f32, count: 300)
    launch("fill_u32", .elements(256), .forward, [.array(out), .count(300), .int(0)])
    #expect(out.floats(.f32).filter(\.isNaN).count == 44)
    #expect(
      error("fill_u32", .forward, [.array(DeviceArray(.f32, count: 100)), .count(101), .int(0)])
        .contains("outside"))
  }

  @Test func argumentsMustFitTheKernel() {
    let out = DeviceArray(.f32, count: 4)
    #expect(error("fill_u32", .forward, [.array(out), .int(4), .int(0)]).contains("argument 1"))
    #expect(error("fill_u32", .forward, [.count(0), .count(4), .int(0)]).contains("argument 0"))
    #expect(error("no_kernel", .forward, []).contains("no kernel"))
  }
}
