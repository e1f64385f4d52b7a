import Basics

/// The output for the predictions of an evaluation: a CSV file, a device or a pipe.
struct PredictionsFile {
  private enum Place {
    case stream(StreamOutput)
    case file(OutputFile)
  }

  private let place: Place
  private var evaluation: OutputOrigin.Evaluation
  /// The same evaluation at an earlier time, whose file will be replaced; nil for no such file, and with `--force`.
  private let previous: OutputOrigin.Evaluation?

  var path: String {
    switch place {
    case .stream(let stream): stream.path
    case .file(let file): file.path
    }
  }

  /// - Parameter force: whether a file of another evaluation or program is replaced too.
  /// - Throws: `InputError`: see `OutputFile`.
  init(
    _ path: String, inputs: CommandInputs, force: Bool, _ evaluation: OutputOrigin.Evaluation
  ) throws {
    self.evaluation = evaluation
    if let stream = StreamOutput(path) {
      (place, previous) = (.stream(stream), nil)
      return
    }
    let own = force ? nil : OutputOrigin.ofFile(realPath(path) ?? path)
    let isOwn = own.map(evaluation.fits) ?? false
    previous = isOwn ? own : nil
    place = .file(try OutputFile(path, flag: "--predictions", inputs: inputs, replaces: force || isOwn))
  }

  /// Checks, once the patches are known, that a file to be replaced holds predictions for the same patches.
  /// - Throws: `InputError` (usage).
  mutating func settle(patches: String) throws {
    evaluation.patches = patches
    guard let previous, !evaluation.fits(previous) else { return }
    throw InputError(
      .usage, "--predictions \(path)", "the file holds predictions for other patches",
      remedy: "replace it with --force or choose another name")
  }

  /// - Throws: `InputError` (environment) with the system's reason; an old file is then still there.
  func write(_ text: String) throws {
    switch place {
    case .stream(let stream): try stream.write(text)
    case .file(let file):
      let noted = Result { try OutputOrigin.note(evaluation, for: file.target, text: text) }
      try AtomicFile.write(text, to: file.target)
      try noted.get()
    }
  }
}

/// A predictions file that the user asks for.
package struct PredictionsRequest: Sendable {
  let path: String
  let form: PredictionLines.Form
  let replaces: Bool

  /// - Parameters:
  ///   - path: path of the CSV file.
  ///   - replaces: whether a file of another evaluation is replaced.
  package init(_ path: String, form: PredictionLines.Form = .names, replaces: Bool = false) {
    (self.path, self.form, self.replaces) = (path, form, replaces)
  }
}
