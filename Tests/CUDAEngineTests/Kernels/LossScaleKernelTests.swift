import CUDAEngine
import Networks
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// The loss scale of float16 on the device.
@Suite struct LossScaleKernelTests {
  /// Scale and counts after a step, and the numbers that it gives the optimizer.
  private func updated(
    _ state: ScaleState, skip: Bool = false, flag: UInt32 = 0, interval: Int = 2000
  ) -> (state: ScaleState, step: StepTable) {
    let arrays = inEveryOrder { order in
      var table = StepTable()
      (table.skip, table.scale) = (skip ? 1 : 0, 3)
      let (step, own) = (DeviceArray([table]), DeviceArray([state]))
      launch(
        "update_scale", .one, order,
        [
          .array(step), .array(own), .array(DeviceArray([flag])), .double(0.9), .double(0.999),
          .int(interval),
        ])
      return [own, step]
    }
    return (arrays[0].values(as: ScaleState.self)[0], arrays[1].values(as: StepTable.self)[0])
  }

  private func state(_ updates: Int, _ scale: Float, _ goodSteps: Int) -> ScaleState {
    ScaleState(updates: updates, LossScale(scale: scale, goodSteps: goodSteps))
  }

  @Test func goodStepsAreCounted() {
    let first = updated(state(0, 1024, 0))
    #expect(first.state == state(1, 1024, 1))
    #expect(first.step.initial == 1 && abs(first.step.correction1 - 0.1) < 1e-15)
    let later = updated(state(41, 1024, 7))
    #expect(later.state == state(42, 1024, 8) && later.step.initial == 0 && later.step.scale == 3)
    #expect(abs(later.step.correction1 - (1 - pow(0.9, 42))) < 1e-15)
    #expect(abs(later.step.correction2 - (1 - pow(0.999, 42))) < 1e-15)
  }

  @Test func theScaleGrowsAfterGoodSteps() {
    #expect(updated(state(5000, 1024, 1998)).state == state(5001, 1024, 1999))
    #expect(updated(state(5001, 1024, 1999)).state == state(5002, 2048, 0))
    // Twice the scale would be infinite.
    #expect(updated(state(9, 0x1p127, 1), interval: 2).state == state(10, 0x1p127, 0))
  }

  @Test func aSkippedStepHalvesTheScale() {
    let (state, step) = updated(state(41, 1024, 7), skip: true)
    #expect(state == self.state(41, 512, 0))
    #expect(step.skip == 1 && step.correction1 == 1)
  }

  /// The run ends: what a checkpoint keeps of it stays.
  @Test func aBadLossChangesNothing() {
    for skip in [false, true] {
      #expect(updated(state(41, 1024, 7), skip: skip, flag: 1).state == state(41, 1024, 7))
    }
  }

  @Test func aStepTakesTheScale() {
    let step = inEveryOrder { order in
      let step = DeviceArray([StepTable()])
      launch("load_scale", .one, order, [.array(step), .array(DeviceArray([state(3, 4096, 1)]))])
      return [step]
    }
    #expect(step[0].values(as: StepTable.self)[0].scale == 4096)
  }
}
