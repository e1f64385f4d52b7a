import Testing

@testable import Basics
@testable import Experiments

/// The folder and the bytes of staging.
@Suite struct StageKeyTests {
  @Test(arguments: [
    ("1", 1), ("64K", 65_536), ("3m", 3_145_728), ("500G", 500 << 30), ("2T", 2 << 40), ("1024T", 1 << 50),
  ]) func bytes(text: String, bytes: Int) {
    #expect(ByteCount(text)?.bytes == bytes)
  }

  @Test(arguments: ["", "G", "0", "-1", "1.5G", "1025T", "5X", "5GB", "９"]) func noBytes(text: String) {
    #expect(ByteCount(text) == nil)
  }

  @Test(arguments: ["500G", "1536M", "1000"]) func theTextReadsBack(text: String) {
    #expect(ByteCount(text)?.configurationText == text)
  }

  @Test func variablesAreReplaced() throws {
    var experiment = Experiment()
    let environment = ["TMPDIR": "/local/17", "USER": "ada", "EMPTY": ""]
    #expect(try experiment.stageFolder(environment) == nil)
    for (text, folder) in [
      ("$TMPDIR", "/local/17"), ("${TMPDIR}/x", "/local/17/x"),
      ("/scratch/$USER/a$TMPDIR", "/scratch/ada/a/local/17"),
      ("/tmp", "/tmp"),
    ] {
      experiment.data.stage = text
      #expect(try experiment.stageFolder(environment) == folder)
    }
    for (text, name) in [("$JOBDIR", "JOBDIR"), ("/x/$EMPTY", "EMPTY")] {
      experiment.data.stage = text
      let error = #expect(throws: InputError.self) { try experiment.stageFolder(environment) }
      #expect(error?.subject == "data.stage \(text)" && error?.problem == "\(name) is not set")
    }
  }
}
