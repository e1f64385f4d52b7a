import Foundation
import TestSupport
import Testing

/// `report` as a user runs it.
@Suite(.trainedRun, .serialized) struct ReportRunTests {
  private var trained: TrainedRun { TrainedRun.current }
  private var run: String { trained.folder.file("run").path }

  private func page(_ name: String) throws -> String {
    try String(contentsOf: trained.folder.file(name), encoding: .utf8)
  }

  @Test func aPageOfAValidationThenOfATest() throws {
    let out = trained.folder.file("report.html").path
    let files = trained.folder.file("plots").path
    let first = try BuiltProgram.run(["report", run, "--out", out])
    #expect(first.status == 0 && first.output.isEmpty, "\(first.errors)")
    #expect(first.errors.contains("report: \(out)"))
    let validation = try page("report.html")
    #expect(validation.contains("validation patches"))
    // The data are there: pictures and maps.
    #expect(validation.contains("data:image/png;base64,") && validation.contains("north up"))

    let again = try BuiltProgram.run(["report", run, "--out", out])
    #expect(again.status == 64 && again.errors.contains("--force"))

    try TrainedRun.succeed(["test", run])
    try TrainedRun.succeed(["report", run, "--out", out, "--force", "--files", files, "--no-images"])
    let test = try page("report.html")
    #expect(test.contains("test patches") && !test.contains("data:image/png"))
    #expect(FileManager.default.fileExists(atPath: "\(files)/precision-recall.svg"))
    #expect(FileManager.default.fileExists(atPath: "\(files)/table-classes.csv"))
  }

  @Test func tablesAndRefusals() throws {
    let markdown = try TrainedRun.succeed([
      "report", run, "--format", "markdown", "--quiet", "--split", "validation", "--no-images",
    ])
    #expect(markdown.hasPrefix("# run\n") && markdown.contains("| Class | F1 |"))
    for path in ["summary.json", "predictions/validation.csv"] {
      let refused = try BuiltProgram.run(["report", run, "--out", "\(run)/\(path)", "--force"])
      #expect(refused.status == 64 && refused.errors.contains("belongs to a run"), "\(refused.errors)")
    }
    let absent = try BuiltProgram.run([
      "report", run, "--split", "train", "--out", trained.folder.file("a.html").path,
    ])
    #expect(absent.status == 2 && absent.errors.contains("fusionctl validate --split train"))
  }

  @Test func imagesThatAreGone() throws {
    let (data, away) = (trained.folder.file("data").path, trained.folder.file("away").path)
    try FileManager.default.moveItem(atPath: data, toPath: away)
    defer { try? FileManager.default.moveItem(atPath: away, toPath: data) }
    let out = trained.folder.file("gone.html").path
    try TrainedRun.succeed(["report", run, "--out", out, "--split", "validation"])
    let html = try page("gone.html")
    #expect(html.contains("no pictures and no map") && html.contains("Precision and recall"))
    let named = try BuiltProgram.run(["report", run, "--out", out, "--force", "--data", data])
    #expect(named.status == 0 || named.errors.contains(data), "\(named.errors)")
  }
}
