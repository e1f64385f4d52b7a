import Testing

@testable import Basics
@testable import CPUEngine
@testable import Cluster
@testable import Experiments
@testable import Networks
@testable import Presentation
@testable import Training

@Suite struct MemoryFitTests {
  private func fit(_ batch: Int = 8, ranks: Int = 1, memory: Experiment = Experiment(), trains: Bool = true)
    -> MemoryFit
  {
    var experiment = memory
    experiment.model.architecture = .resnet18
    experiment.training.batchSize = batch
    experiment.evaluation.batchSize = batch
    return MemoryFit(
      experiment: experiment, size: PatchSize(64), fileSize: PatchSize(64), device: CPUDevice(threads: 1),
      trains: trains,
      ranks: ranks,
      ranksOnHost: ranks, trainingPatches: 1000, evaluationPatches: 1000)
  }

  private func group(_ limit: Int) -> [MemoryBound] { [.init(source: .controlGroup, limit: limit, taken: 0)] }

  private func estimate(_ batch: Int, evaluation: Int? = nil) throws -> MemoryEstimate {
    var experiment = fit(batch).experiment
    experiment.evaluation.batchSize = evaluation ?? batch
    return try MemoryEstimate(experiment, size: PatchSize(64), from: PatchSize(64), on: CPUDevice(threads: 1))
  }

  @Test func withoutALimitThereIsNothingToSay() throws { #expect(try fit().outcome([]) == .init()) }

  @Test func theLimitIsSaidBesideTheEstimate() throws {
    let note =
      "memory: \(NumberText.bytes(try estimate(8).total)) at the peak of the 4.00 GB that the control group allows"
    #expect(try fit().outcome(group(4_000_000_000)).notes == [note])
    // Ranks of a machine share the group, and what a batch has.
    let shared = try #require(try fit(8, ranks: 2).outcome(group(4_000_000_000)).notes.first)
    #expect(
      shared
        == "memory: \(NumberText.bytes(2 * (try estimate(4, evaluation: 8).total))) at the peak of the 2 ranks here of the 4.00 GB that "
        + "the control group allows")
  }

  @Test func theBatchThatIsNamedFitsAndTheNextDoesNot() throws {
    let limit = try estimate(5).withoutCopy.total
    let error = try #require(throws: InputError.self) { try fit(64).outcome(group(limit)) }
    #expect(error.kind == .environment && error.subject == "memory")
    let words = try #require(error.remedy).split(separator: " ")
    let place = try #require(words.firstIndex(of: "--batch-size"))
    let batch = try #require(Int(words[place + 1]))
    // The estimate may be off by a twentieth, which is granted.
    #expect(try batch >= 5 && estimate(batch).withoutCopy.total < limit * 11 / 10, "\(batch)")
    _ = try fit(batch).outcome(group(limit))
    #expect(throws: InputError.self) { try fit(batch + 1).outcome(group(limit)) }
  }

  /// The copy of ResNet18 takes 134 MB. Without room for it the run waits for its checkpoints, and says so.
  @Test func withoutRoomForACopyTrainingWaitsForCheckpoints() throws {
    let (whole, least) = (try estimate(8), try estimate(8).withoutCopy)
    #expect((134_000_000...135_000_000).contains(whole.total - least.total))
    let outcome = try fit(8).outcome(group((whole.total + least.total) / 2))
    #expect(!outcome.keepsCopy && outcome.notes.count == 2)
    #expect(outcome.notes[0].hasPrefix("memory: \(NumberText.bytes(least.total)) at the peak of the "))
    #expect(
      outcome.notes[1].hasSuffix("with a copy of the network it would take \(NumberText.bytes(whole.total))"))
    #expect(try fit(8).outcome(group(whole.total)).keepsCopy)
  }

  @Test func theOtherMemoryModeIsNamedWhereItFits() throws {
    var low = fit(32).experiment
    low.memory = .low
    let least = try MemoryEstimate(low, size: PatchSize(64), from: PatchSize(64), on: CPUDevice(threads: 1))
      .total
    let error = try #require(throws: InputError.self) { try fit(32).outcome(group(least)) }
    #expect(error.description.contains("; use --memory low, or "), "\(error)")
    _ = try fit(32, memory: low).outcome(group(least))
    let evaluation = try #require(throws: InputError.self) {
      try fit(32, trains: false).outcome(group(1 << 20))
    }
    #expect(evaluation.problem.hasPrefix("the evaluation takes "))
    #expect(evaluation.remedy?.hasPrefix("ask for more memory") == true, "nothing would help")
  }

  /// What the process has already counts against a limit of addresses.
  @Test func addressesInUseCount() throws {
    let bounds = { (taken: Int) in [MemoryBound(source: .addressSpace, limit: 2 << 30, taken: taken)] }
    #expect(try fit().outcome(bounds(0)).notes.count == 1)
    let error = try #require(throws: InputError.self) { try fit().outcome(bounds(2 << 30)) }
    #expect(error.description.contains("but ulimit -v allows 2.15 GB"))
  }

  /// A model of GPU stands for a GPU here: it has memory, and its plans are those of a GPU.
  private func fit(onGPU batch: Int, _ memory: MemoryMode = .balanced, trains: Bool = true) throws
    -> MemoryFit
  {
    var experiment = Experiment()
    experiment.memory = memory
    var fit = fit(batch, memory: experiment, trains: trains)
    let device = try #require(try Devices().forecast(named: "t4", for: experiment))
    fit = MemoryFit(
      experiment: fit.experiment, size: fit.size, fileSize: fit.fileSize, device: device, trains: trains,
      ranks: 1, ranksOnHost: 1,
      trainingPatches: 100_000, evaluationPatches: 100_000)
    return fit
  }

  @Test func memoryOfAGPUIsSaidBeforeTheFirstStep() throws {
    #expect(try fit(onGPU: 8).outcome([]).notes.first?.hasPrefix("GPU memory: ") == true)
    let error = try #require(throws: InputError.self) { try fit(onGPU: 20_000).outcome([]) }
    #expect(error.kind == .environment && error.subject == "GPU memory")
    #expect(
      error.problem.hasPrefix("the training takes ") && error.problem.contains("of the 15.60 GB of Tesla T4"))
    let words = try #require(error.remedy).split(separator: " ")
    let place = try #require(words.firstIndex(of: "--batch-size"))
    let batch = try #require(Int(words[place + 1]))
    _ = try fit(onGPU: batch).outcome([])
    #expect(throws: InputError.self) { try fit(onGPU: batch + 1).outcome([]) }
    #expect(error.remedy?.contains("choose a GPU with more free memory") == true)
  }

  /// The machine needs no room for activations then, so a job may be small.
  @Test func memoryOfTheMachineCountsItsOwnPartsAlone() throws {
    let fit = try fit(onGPU: 64)
    let gpu = try MemoryEstimate(fit.experiment, size: PatchSize(64), from: PatchSize(64), on: fit.device)
    let cpu = try MemoryEstimate(
      fit.experiment, size: PatchSize(64), from: PatchSize(64), on: CPUDevice(threads: 1))
    #expect(gpu.arena == 0 && gpu.scratch == 0 && gpu.parameters < cpu.parameters / 4)
    let accelerator = try #require(gpu.accelerator)
    #expect(
      accelerator.total == accelerator.activations + accelerator.transfers + accelerator.scratch
        + accelerator.parameters)
    #expect(accelerator.activations > cpu.arena / 2 && cpu.accelerator == nil)
    #expect(gpu.total == gpu.parameters + gpu.batches + gpu.runtime)
  }
}
