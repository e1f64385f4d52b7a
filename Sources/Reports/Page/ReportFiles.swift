import Basics
import Foundation
import Training

/// Every plot of a report as an SVG file, and every plot and table as a CSV file with its numbers.
package struct ReportFiles {
  /// Contents by the names of the files.
  let texts: [(name: String, text: String)]

  package var count: Int { texts.count }

  package init(_ content: ReportContent) {
    texts = content.sections.flatMap { section -> [(String, String)] in
      section.figures.flatMap { figure in
        (figure.plot.map { [("\(figure.name).svg", $0.file)] } ?? []) + [("\(figure.name).csv", figure.csv)]
      } + section.tables.map { ("table-\($0.name).csv", $0.csv) }
    }
  }

  /// Writes the files. A file that cannot be written costs no other file.
  /// - Parameters:
  ///   - folder: is made where it is absent.
  ///   - replaces: whether existing files are replaced.
  /// - Returns: the errors, one for each file that could not be written.
  /// - Throws: `InputError`: environment when the folder cannot be made; usage for existing files that are not to be
  ///   replaced. Nothing is written then.
  package func write(to folder: String, replaces: Bool) throws -> [InputError] {
    try FileSystem.system.makeFolder(folder)
    let existing = texts.filter { PathState.of("\(folder)/\($0.name)") != .absent }
    if !replaces, let first = existing.first {
      throw InputError(
        .usage, "--files \(folder)", "the folder already has \(first.name)",
        remedy: "replace it with --force or choose another folder")
    }
    return texts.compactMap { name, text in
      do {
        try AtomicFile.write(text, to: "\(folder)/\(name)")
        return nil
      } catch let error as InputError {
        return error
      } catch {
        return InputError(.environment, "\(folder)/\(name)", "cannot be written: \(error)")
      }
    }
  }
}
