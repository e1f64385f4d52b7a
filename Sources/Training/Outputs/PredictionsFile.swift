import Basics

/// Where the predictions of an evaluation go: a CSV file, or a device or pipe.
struct PredictionsFile {
  private enum Place {
    case stream(StreamOutput)
    case file(OutputFile)
  }

  private let place: Place
  private var evaluation: OutputOrigin.Evaluation
  /// The evaluation that wrote the file which will be replaced; nil where the user asked for that.
  private let previous: OutputOrigin.Evaluation?

  var path: String {
    switch place {
    case .stream(let stream): stream.path
    case .file(let file): file.path
    }
  }

  /// - Parameter force: whether a file is replaced that another evaluation or program wrote.
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

  /// Checks, once the patches are known, that a file to be replaced holds predictions of the same.
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

/// A predictions file that is wished for.
package struct PredictionsRequest: Sendable {
  let path: String
  let form: PredictionLines.Form
  let replaces: Bool

  /// - Parameters:
  ///   - path: of the CSV file.
  ///   - replaces: whether a file there is replaced that another evaluation wrote.
  package init(_ path: String, form: PredictionLines.Form = .names, replaces: Bool = false) {
    (self.path, self.form, self.replaces) = (path, form, replaces)
  }
}
