import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Metrics
@testable import Training

/// What a run writes for TensorBoard.
@Suite(.serialized) struct EventFolderTests {
  private func small() throws -> SmallRun {
    var run = try SmallRun()
    run.experiment.training.batchSize = 6
    return run
  }

  private func log(_ run: SmallRun, _ name: String = "run") throws -> EventLog {
    try EventLog(URL(filePath: "\(run.folder(name))/tensorboard"))
  }

  /// Twelve patches in batches of six: steps 1 and 2 are the first epoch.
  @Test func curvesAreThoseOfTheTable() throws {
    var run = try small()
    run.experiment.training.epochs = 2
    #expect(try run.train(in: "run") == .finished)
    let rows = try run.table("run").rows
    func expect(_ log: EventLog, epochs: Int) throws {
      #expect(log.repeatedSteps == [] && log.tornBytes == 0)
      #expect(log.points("loss/train").map(\.step) == Array(1...2 * epochs))
      for tag in ["training/learning_rate", "speed/patches_per_second", "speed/data_wait_share"] {
        #expect(log.points(tag).map(\.step) == Array(1...2 * epochs), "\(tag)")
      }
      let steps = (1...epochs).map { 2 * $0 }
      let rows = try run.table("run").rows
      func column(_ tag: String, _ value: (EpochRecord) -> Double) {
        #expect(log.points(tag).map(\.step) == steps, "\(tag)")
        #expect(log.points(tag).map(\.value) == rows.map { Float(value($0)) }, "\(tag)")
      }
      column("loss/validation", \.validationLoss)
      column("loss/train_epoch", \.trainLoss)
      column("training/epoch") { Double($0.epoch) }
      for key in [MetricKey.microF1, .macroF1, .rankingLoss, .subsetAccuracy] {
        column("validation/\(key.rawValue)") { $0.validation[key] ?? .nan }
      }
      #expect(log.points("best/micro_f1").map(\.step) == steps)
      #expect(
        log.points("best/micro_f1").map(\.value).last
          == rows.compactMap { $0.validation[.microF1] }.max().map { Float($0) })
    }
    let first = try log(run)
    try expect(first, epochs: 2)
    #expect(first.names.count == 1 && first.starts == [0])
    #expect(first.points("training/learning_rate")[0].value == Float(run.experiment.training.learningRate))
    // Six patches a step, equally many: the loss of the epoch is the mean of its steps.
    let losses = first.points("loss/train").map { Double($0.value) }
    #expect(abs((losses[2] + losses[3]) / 2 - rows[1].trainLoss) < 1e-6)
    let best = try #require(try run.summary("run").best)
    let classes = best.validation.classes.filter { $0.f1 != nil }.map { "class_f1/\($0.name)" }
    #expect(Set(first.tags).isSuperset(of: classes))
    #expect(first.points("memory/process_peak_gb").allSatisfy { $0.value > 0.01 })

    run.experiment.training.epochs = 3
    #expect(try run.train(in: "run") == .finished)
    let second = try log(run)
    try expect(second, epochs: 3)
    #expect(second.names.count == 2 && second.starts == [0, 5] && second.tags == first.tags)
    // A finished run that is resumed adds nothing.
    #expect(try run.train(in: "run") == .finished)
    #expect(try log(run).names == second.names)
  }

  @Test(arguments: [ClassificationTask.multi, .single])
  func picturesAndParametersAreThere(task: ClassificationTask) throws {
    var run = try small()
    run.experiment.labels.type = task
    #expect(try run.train(in: "run") == .finished)
    let log = try log(run)
    let images = log.values.filter { $0.image != nil }
    #expect(images.map(\.tag).sorted().first == "confusion/validation" && images.count == 5)
    for image in images {
      let bytes = try #require(image.image)
      #expect(Array(bytes.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
      #expect(image.plugin?.name == "images")
    }
    // Single-label, averages that equal the accuracy are shown once.
    #expect(log.tags.contains("validation/micro_f1"))
    #expect(log.tags.contains("validation/micro_recall") == (task == .multi))
    let parameters = log.values.filter { $0.plugin?.name == "hparams" }.map(\.tag)
    #expect(
      parameters == ["experiment", "session_start_info", "session_end_info"].map { "_hparams_/\($0)" })
    let text = String(decoding: log.values.compactMap(\.plugin).flatMap(\.content), as: UTF8.self)
    for name in ["training.learning_rate", "model.fusion", "early", "training.epochs", "best/micro_f1"] {
      #expect(text.contains(name), "\(name)")
    }
    #expect(!text.contains("data.workers"))
    let yaml = try String(contentsOfFile: "\(run.folder("run"))/config.yaml", encoding: .utf8)
    let configuration = try #require(log.values.first { $0.tag == "run/configuration" }?.text)
    #expect(configuration.split(separator: "\n").map { $0.dropFirst(4) } == yaml.split(separator: "\n"))
  }

  /// Networks of separately trained late fusion have a curve each.
  @Test func lateFusionHasALossOfEachSensor() throws {
    var run = try small()
    run.experiment.model.fusion = .late
    #expect(try run.train(in: "run") == .finished)
    let log = try log(run)
    let (all, s1, s2) = (log.points("loss/train"), log.points("loss/train_s1"), log.points("loss/train_s2"))
    #expect(all.count == 2 && s1.count == 2 && s2.count == 2)
    for (mean, parts) in zip(all, zip(s1, s2)) {
      #expect(abs(mean.value - (parts.0.value + parts.1.value) / 2) < 1e-6)
    }
  }

  @Test func nothingIsWrittenWhereItIsTurnedOff() throws {
    var run = try small()
    #expect(try run.train(in: "on") == .finished)
    run.experiment.outputs.tensorboard = false
    #expect(try run.train(in: "off") == .finished)
    #expect(PathState.of("\(run.folder("off"))/tensorboard") == .absent)
    #expect(try run.numbers("on").differences(from: run.numbers("off")) == [])
    // The key may change in the middle of a run.
    run.experiment.training.epochs = 2
    #expect(try run.train(in: "on") == .finished)
    #expect(try log(run, "on").points("loss/train").map(\.step) == [1, 2])
    run.experiment.outputs.tensorboard = true
    run.experiment.training.epochs = 3
    #expect(try run.train(in: "on") == .finished)
    #expect(try log(run, "on").points("loss/train").map(\.step) == [1, 2, 5, 6])
  }

  /// A folder that cannot be made, and a disk that is full later, are warned of once; the run goes on.
  @Test(arguments: [FileSystem.Call.makeFolder, .write]) func aFailureIsToldOnce(call: FileSystem.Call)
    throws
  {
    let sink = RecordingSink(isTerminal: false)
    var run = try SmallRun(progress: sink.reporter())
    run.experiment.training.batchSize = 6
    let files = FileSystem { made, path in
      made == call && path.contains("/tensorboard") ? (call == .write ? ENOSPC : EACCES) : 0
    }
    #expect(try run.session.train(in: RunFolder(run.folder("run"), .new, files: files)) == .finished)
    let warnings = sink.written.filter { $0.contains("errno") }
    #expect(warnings.count == 1 && warnings[0].contains("/tensorboard"), "\(warnings)")
    #expect(warnings[0].hasSuffix("; the run goes on without tensorboard\n"))
    #expect(try run.model("run").file.contents.progress.epoch == 1)
  }

  /// `--overwrite` removes the run's event files, and nothing else.
  @Test func anotherRunLeavesTheFilesOfOthers() throws {
    let run = try small()
    #expect(try run.train(in: "run") == .finished)
    let folder = "\(run.folder("run"))/tensorboard"
    let others = ["events.out.tfevents.1.host.2.0", "notes.txt"]
    for name in others { try "x".write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8) }
    #expect(try run.session.train(in: RunFolder(run.folder("run"), .overwrite)) == .finished)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(names.filter { !$0.hasSuffix(".fusionctl") } == others && names.count == 3)
    for name in others { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
    try RunFolder(run.folder("run"), .overwrite).begin()
    #expect(PathState.of(folder) == .absent)
  }
}
