#if canImport(Glibc)
  import Glibc
#endif

/// Writes tables in Markdown on standard output, row by row, and remembers what failed.
final class CheckReport {
  /// What became of a check.
  enum Outcome {
    case passed
    /// The text says by how much, or what was expected.
    case failed(String)
    /// The text says why it was not run.
    case skipped(String)
    /// A measurement, which cannot fail.
    case measured
  }

  private(set) var failures: [String] = []
  private(set) var passed = 0
  private(set) var skipped = 0
  /// Widths of the columns of the table that is being written, so that it can be read on a terminal, too.
  private var widths: [Int] = []

  func heading(_ text: String) { write("\n## \(text)\n\n") }

  func paragraph(_ text: String) { write("\(text)\n\n") }

  /// Begins a table.
  /// - Parameters:
  ///   - width: characters of the first column.
  ///   - titles: names of further columns; the last column of such a table is the result of the check.
  func columns(_ names: String..., width: Int = 0, titles: [String]? = nil) {
    let names = titles.map { names + $0 + [""] } ?? names
    widths = names.enumerated().map { index, name in max(name.count, index == 0 ? width : 0) }
    writeRow(names)
    write("|\(String(repeating: " --- |", count: names.count))\n")
  }

  /// Writes a row of a table without an outcome.
  func row(_ cells: String...) { writeRow(cells) }

  private func writeRow(_ cells: [String]) {
    let padded = zip(cells, widths).map { cell, width in
      cell + String(repeating: " ", count: max(0, width - cell.count))
    }
    write("| \(padded.joined(separator: " | ")) |\n")
  }

  /// Writes a row; its last cell is the outcome. The first cells name the check where it failed.
  func row(_ cells: [String], _ outcome: Outcome) {
    let text: String
    switch outcome {
    case .passed:
      passed += 1
      text = "ok"
    case .failed(let reason):
      failures.append((cells.prefix(2) + [reason]).joined(separator: ", "))
      text = "FAILED: \(reason)"
    case .skipped(let reason):
      skipped += 1
      text = "not run: \(reason)"
    case .measured: text = ""
    }
    // A check that was not run has no figures.
    let none = [String](repeating: "", count: max(0, widths.count - 1 - cells.count))
    writeRow(cells + none + [text])
  }

  /// Writes the counts, and the failures again.
  func summary(seconds: Double) {
    heading("Result")
    paragraph(
      "\(passed) checks passed, \(failures.count) failed, \(skipped) not run, in \(fixed(seconds, 1)) s.")
    for failure in failures { write("- FAILED: \(failure)\n") }
  }

  /// Writes a failure that belongs to no row.
  func failure(_ text: String) {
    failures.append(text)
    write("\nFAILED: \(text)\n")
  }

  private func write(_ text: String) {
    print(text, terminator: "")
    // What is written must be there even if a time limit ends the process.
    fflush(nil)
  }
}

/// 1.2e-05.
func short(_ value: Double) -> String {
  guard value != 0 else { return "0.0e+00" }
  guard value.isFinite else { return "\(value)" }
  var exponent = Int(log10(abs(value)).rounded(.down))
  var tenths = (abs(value) / pow(10, Double(exponent)) * 10).rounded()
  if tenths >= 100 { (tenths, exponent) = (10, exponent + 1) }
  let sign = value < 0 ? "-" : ""
  let digits = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
  return "\(sign)\(Int(tenths) / 10).\(Int(tenths) % 10)e\(exponent < 0 ? "-" : "+")\(digits)"
}

/// A number with a fixed number of places behind the point.
func fixed(_ value: Double, _ places: Int) -> String {
  guard value.isFinite else { return "\(value)" }
  var scale = 1
  for _ in 0..<places { scale *= 10 }
  let units = Int((abs(value) * Double(scale)).rounded())
  let fraction = String(units % scale)
  let sign = value < 0 && units > 0 ? "-" : ""
  let whole = "\(sign)\(units / scale)"
  return places == 0 ? whole : whole + "." + String(repeating: "0", count: places - fraction.count) + fraction
}
