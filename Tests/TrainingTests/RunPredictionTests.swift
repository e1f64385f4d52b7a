import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Basics
@testable import Experiments
@testable import Imagery
@testable import Metrics
@testable import Presentation
@testable import Training

/// `predictions/<split>.csv` of a run.
@Suite struct RunPredictionTests {
  private func trained(epochs: Int = 2) throws -> SmallRun {
    var run = try SmallRun()
    run.experiment.training.batchSize = 12
    run.experiment.training.epochs = epochs
    #expect(try run.train(in: "run") == .finished)
    return run
  }

  /// Evaluates a checkpoint as the commands do.
  private func evaluate(
    _ run: SmallRun, _ split: Split, _ checkpoint: String = "best", isRecorded: Bool = true
  ) throws -> EvaluationSession.Result {
    let session = try EvaluationSession(
      .one("\(run.folder("run"))/checkpoints/\(checkpoint).h5"), progress: run.progress)
    let result = try session.run(split, data: run.data, labels: run.session.labels, isRecorded: isRecorded)
    #expect(result.records.write(run.progress).failures.isEmpty)
    return result
  }

  private func text(_ run: SmallRun, _ split: Split) throws -> String {
    try String(contentsOfFile: RunPredictions.path(in: run.folder("run"), split), encoding: .utf8)
  }

  private func figures(_ table: PredictionTable) throws -> ClassificationMetrics {
    var counts = MetricsAccumulator(task: table.task, classNames: table.classes)
    try counts.add(probabilities: table.probabilities, truth: table.truth.map { $0 ? 1 : 0 })
    return counts.metrics
  }

  /// The training keeps its best validation; evaluating its best checkpoint gives the same bytes; the figures are those of
  /// the summary.
  @Test func trainingKeepsTheBestValidation() throws {
    let run = try trained()
    let kept = try text(run, .validation)
    let summary = try run.summary("run")
    let table = try RunPredictions.read(run: run.folder("run"), summary, .validation)
    #expect(table.count == 4 && Set(table.clusters).count == 1 && table.clusters[0] != "")
    #expect(try figures(table) == summary.best?.validation)
    _ = try evaluate(run, .validation, isRecorded: false)
    #expect(try text(run, .validation) == kept)
    #expect(try run.summary("run") == summary)

    let result = try evaluate(run, .test)
    let tested = try RunPredictions.read(run: run.folder("run"), run.summary("run"), .test)
    #expect(try figures(tested) == result.metrics && tested.ids != table.ids)
    // Reading gives the bits that were written, so writing again gives the bytes.
    let (record, file) = (try #require(try run.summary("run").results.last), try text(run, .test))
    let origin = try #require(PredictionOrigin(record.checkpoints, record.patches))
    #expect(RunPredictions.text(tested, origin) == file)

    _ = try evaluate(run, .train, isRecorded: false)
    #expect(try RunPredictions.read(run: run.folder("run"), run.summary("run"), .train).count == 12)
  }

  /// Predictions of another network than the best are not kept, and those of the best stay.
  @Test func anotherNetworkReplacesNothing() throws {
    let run = try trained()
    let best = try #require(try run.summary("run").best?.epoch)
    let last = try run.model("run").file.contents.progress.epoch
    try #require(best < last, "the last epoch is not the best here")
    _ = try evaluate(run, .test)
    let kept = try text(run, .test)
    let sink = RecordingSink(isTerminal: false)
    let session = try EvaluationSession(
      .one("\(run.folder("run"))/checkpoints/last.h5"), progress: sink.reporter())
    let result = try session.run(.test, data: run.data, labels: run.session.labels)
    #expect(result.records.write(sink.reporter()).failures.isEmpty)
    #expect(sink.written.contains { $0.contains("keeps the predictions of its best network only") })
    #expect(try text(run, .test) == kept)
  }

  /// What does not belong to the results of the run is refused with the command that writes it again.
  @Test func othersAreRefused() throws {
    let run = try trained(epochs: 1)
    let folder = run.folder("run")
    func refusal(_ split: Split, _ summary: RunSummary, _ text: String? = nil) throws -> String {
      let path = RunPredictions.path(in: folder, split)
      let before = try? String(contentsOfFile: path, encoding: .utf8)
      if let text { try text.write(toFile: path, atomically: true, encoding: .utf8) }
      defer { try? before?.write(toFile: path, atomically: true, encoding: .utf8) }
      let error = try #require(throws: InputError.self) {
        try RunPredictions.read(run: folder, summary, split)
      }
      #expect(error.kind == .data && error.description.contains(" with: fusionctl "), "\(error)")
      return error.description
    }
    let summary = try run.summary("run")
    #expect(try refusal(.test, summary).contains("do not exist; write them with: fusionctl test \(folder)"))
    #expect(try refusal(.train, summary).contains("fusionctl validate --split train \(folder)"))
    _ = try evaluate(run, .test)
    let tested = try run.summary("run")
    var other = tested
    other.tests[0].checkpoints[0].weights = "0"
    #expect(try refusal(.test, other).contains("are of another network (epoch 1)"))
    other = tested
    other.tests[0].patches.list = "0"
    #expect(try refusal(.test, other).contains("for other patches or labels than the test"))
    other = summary
    other.best?.epoch = 7
    #expect(try refusal(.validation, other).contains("are of epoch 1, but the best epoch is 7"))
    other = summary
    other.splits?["validation"]?.labels = "0"
    #expect(try refusal(.validation, other).contains("for other validation patches or labels"))
    other = summary
    other.classes[0] = "Woods"
    #expect(try refusal(.validation, other).contains("has other classes (10, first 'Forest') than the run"))

    let good = try text(run, .validation)
    let lines = good.split(separator: "\n").map(String.init)
    func changed(_ row: Int, _ column: Int, _ cell: String) -> String {
      var lines = lines
      var cells = lines[row].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      cells[column] = cell
      lines[row] = cells.joined(separator: ",")
      return lines.joined(separator: "\n") + "\n"
    }
    for (text, problem) in [
      (changed(1, 2, "1.5"), "row 1: '1.5' is no probability of Forest"),
      (changed(2, 3, "nan"), "row 2: 'nan' is no probability of Shrubland"),
      (changed(4, 12, "2"), "row 4: '2' is no truth of Forest"),
      (changed(3, 23, "0"), "mixes predictions"), (lines[0] + "\n", "has no patch"),
      (String(good.dropLast(45)), "the first line names"), ("a,b\n1,2\n", "its columns are others"),
    ] {
      let path = RunPredictions.path(in: folder, .validation)
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      let error = try #require(throws: InputError.self) {
        try RunPredictions.read(run: folder, summary, .validation)
      }
      #expect(error.kind == .data && error.description.contains(problem), "\(error)")
    }
  }

  /// A new run removes the predictions of the old one, and no other file; files of other programs are not replaced.
  @Test func filesOfOthersStay() throws {
    let run = try trained(epochs: 1)
    let folder = "\(run.folder("run"))/predictions"
    try "mine".write(toFile: "\(folder)/notes.txt", atomically: true, encoding: .utf8)
    try "mine".write(toFile: "\(folder)/test.csv", atomically: true, encoding: .utf8)
    let session = try EvaluationSession(
      .one("\(run.folder("run"))/checkpoints/best.h5"), progress: run.progress)
    let failures = try session.run(.test, data: run.data, labels: run.session.labels).records.write(
      run.progress
    ).failures
    #expect(failures.count == 1 && failures[0].description.contains("is a file of another program"))
    #expect(try String(contentsOfFile: "\(folder)/test.csv", encoding: .utf8) == "mine")
    #expect(try run.summary("run").results.count == 1)
    let replaced = try RunFolder(run.folder("run"), .overwrite)
    try replaced.begin()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["notes.txt"])
  }
}
