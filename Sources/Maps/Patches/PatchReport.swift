import Presentation

/// What was predicted of patches, and where it is.
package struct PatchReport: Sendable {
  private let predictions: PatchPredictions
  private let files, notes: [String]
  private let seconds: Double

  init(_ predictions: PatchPredictions, files: [String], notes: [String], seconds: Double) {
    (self.predictions, self.files, self.notes, self.seconds) = (predictions, files, notes, seconds)
  }

  private var table: ClassTable {
    var tally = MapTally(classes: predictions.classes.count)
    tally.add(predictions.probabilities)
    return ClassTable(tally, predictions.task, predictions.classes, showsEmpty: false)
  }

  /// A table of the classes, and a line for each file.
  package func text(_ style: TextStyle) -> String {
    let facts =
      [(name: "patches", text: "\(NumberText.grouped(predictions.count)) in \(NumberText.duration(seconds))")]
      + files.map { (name: "file", text: $0) } + notes.map { (name: "note", text: $0) }
    return table.text("patches", style) + "\n" + FactList(facts: facts).text(style)
  }

  package var json: String {
    get throws {
      let document = Document(
        patches: predictions.count, files: files, notes: notes, seconds: seconds, classes: table.rows)
      return String(decoding: try ReportJSON.encode(document), as: UTF8.self)
    }
  }

  private struct Document: Encodable {
    let patches: Int
    let files, notes: [String]
    let seconds: Double
    let classes: [ClassTable.Row]
  }
}
