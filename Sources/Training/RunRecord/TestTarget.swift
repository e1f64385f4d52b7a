import Basics
import Foundation

/// The summary in which a test is noted: the summary of the checkpoint's run, or of networks that are fused late.
struct TestTarget: Sendable {
  /// The folder of the run or of the late fusion.
  let folder: String
  /// The summary of a late fusion, without its tests; nil for the run of a checkpoint.
  private let pair: RunSummary?

  /// The run in whose folder a checkpoint lies; nil for a checkpoint elsewhere.
  init?(checkpoint path: String) {
    guard let folder = RunFolder.folder(ofCheckpoint: path) else { return nil }
    self.folder = folder
    pair = nil
  }

  /// A folder for networks that are fused late.
  /// - Parameters:
  ///   - path: a folder that is absent, empty, or holds an earlier result of such networks.
  ///   - summary: summary of the late fusion.
  /// - Throws: `InputError`: usage for a folder that holds a trained run or is not free; environment when the folder
  ///   cannot be read.
  init(pair summary: RunSummary, in path: String) throws {
    folder = path
    pair = summary
    let contents = try RunFolderContents(path)
    guard contents.holdsRun else {
      _ = try contents.requireRoom()
      return
    }
    guard try RunSummary(run: path).networks == nil else { return }
    throw InputError(
      .usage, "--out \(path)", "the folder holds a run that was trained", remedy: "choose another folder")
  }

  /// Adds a test to the summary.
  /// - Returns: why the test could not be noted; nil where the summary was written.
  /// - Throws: `InputError` for a summary that is damaged or cannot be replaced.
  func record(_ test: TestRecord) throws -> String? {
    let path = RunFolder.summaryPath(in: folder)
    if pair != nil { try RunFolder.make(folder) }
    if access(folder, W_OK | X_OK) != 0, [EACCES, EROFS].contains(errno) {
      return "\(folder) may not be written to: the result is not noted in its summary.json"
    }
    let isThere = PathState.of(path) != .absent
    guard isThere || pair != nil else { return "\(folder) has no summary.json to note the result in" }
    do {
      var summary = try isThere ? RunSummary(contentsOf: path) : nil
      if var pair {
        pair.tests = summary?.tests ?? []
        pair.run = pair.run?.continuing(summary?.run)
        summary = pair
      }
      summary?.add(test)
      try summary?.write(to: path)
      return nil
    } catch let error as InputError {
      throw InputError(
        error.kind, path, "the result is not noted there: \(error.problem)",
        remedy: error.kind == .data ? "resume the run to write it anew, then test again" : error.remedy)
    }
  }
}
