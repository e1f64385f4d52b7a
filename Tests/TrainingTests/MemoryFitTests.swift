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

  private func total(_ batch: Int, evaluation: Int? = nil) throws -> Int {
    var experiment = fit(batch).experiment
    experiment.evaluation.batchSize = evaluation ?? batch
    return try MemoryEstimate(experiment, size: PatchSize(64), from: PatchSize(64), on: CPUDevice(threads: 1))
      .total
  }

  /// Between the needs with and without the copy for checkpoints, a run goes without and says so.
  @Test func aRunMayGoWithoutTheCopyForCheckpoints() throws {
    let fit = fit()
    let copy = fit.experiment.graph.parameterCount * 4
    let limit = try total(8) - copy
    let smaller = try fit.withoutCopyIfNeeded(group(limit))
    #expect(!smaller.keepsCopy)
    let notes = try smaller.notes(group(limit))
    #expect(notes.count == 2 && notes.last?.hasSuffix("training waits while a checkpoint is written") == true)
    #expect(try fit.withoutCopyIfNeeded(group(4_000_000_000)).keepsCopy)
    // Where it does not fit without the copy either, the refusal speaks of the whole run.
    #expect(try fit.withoutCopyIfNeeded(group(copy)).keepsCopy)
  }

  @Test func withoutALimitThereIsNothingToSay() throws { #expect(try fit().notes([]) == []) }

  @Test func theLimitIsSaidBesideTheEstimate() throws {
    let note =
      "memory: \(NumberText.bytes(try total(8))) at the peak of the 4.00 GB that the control group allows"
    #expect(try fit().notes(group(4_000_000_000)) == [note])
    // Ranks of a machine share the group, and what a batch has.
    let shared = try #require(try fit(8, ranks: 2).notes(group(4_000_000_000)).first)
    #expect(
      shared
        == "memory: \(NumberText.bytes(2 * (try total(4, evaluation: 8)))) at the peak of the 2 ranks here of the 4.00 GB that "
        + "the control group allows")
  }

  @Test func theBatchThatIsNamedFitsAndTheNextDoesNot() throws {
    let limit = try total(5)
    let error = try #require(throws: InputError.self) { try fit(64).notes(group(limit)) }
    #expect(error.kind == .environment && error.subject == "memory")
    let words = try #require(error.remedy).split(separator: " ")
    let place = try #require(words.firstIndex(of: "--batch-size"))
    let batch = try #require(Int(words[place + 1]))
    // The estimate may be off by a twentieth, which is granted.
    #expect(try batch >= 5 && total(batch) < limit * 11 / 10, "\(batch)")
    _ = try fit(batch).notes(group(limit))
    #expect(throws: InputError.self) { try fit(batch + 1).notes(group(limit)) }
  }

  @Test func theOtherMemoryModeIsNamedWhereItFits() throws {
    var low = fit(32).experiment
    low.memory = .low
    let least = try MemoryEstimate(low, size: PatchSize(64), from: PatchSize(64), on: CPUDevice(threads: 1))
      .total
    let error = try #require(throws: InputError.self) { try fit(32).notes(group(least)) }
    #expect(error.description.contains("; use --memory low, or "), "\(error)")
    _ = try fit(32, memory: low).notes(group(least))
    let evaluation = try #require(throws: InputError.self) {
      try fit(32, trains: false).notes(group(1 << 20))
    }
    #expect(evaluation.problem.hasPrefix("the evaluation takes "))
    #expect(evaluation.remedy?.hasPrefix("ask for more memory") == true, "nothing would help")
  }

  /// What the process has already counts against a limit of addresses.
  @Test func addressesInUseCount() throws {
    let bounds = { (taken: Int) in [MemoryBound(source: .addressSpace, limit: 2 << 30, taken: taken)] }
    #expect(try fit().notes(bounds(0)).count == 1)
    let error = try #require(throws: InputError.self) { try fit().notes(bounds(2 << 30)) }
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
    #expect(try fit(onGPU: 8).notes([]).first?.hasPrefix("GPU memory: ") == true)
    let error = try #require(throws: InputError.self) { try fit(onGPU: 20_000).notes([]) }
    #expect(error.kind == .environment && error.subject == "GPU memory")
    #expect(
      error.problem.hasPrefix("the training takes ") && error.problem.contains("of the 15.60 GB of Tesla T4"))
    let words = try #require(error.remedy).split(separator: " ")
    let place = try #require(words.firstIndex(of: "--batch-size"))
    let batch = try #require(Int(words[place + 1]))
    _ = try fit(onGPU: batch).notes([])
    #expect(throws: InputError.self) { try fit(onGPU: batch + 1).notes([]) }
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
