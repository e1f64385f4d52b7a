import Basics
import Foundation
import Presentation
import Training

/// What the doctor found, as text or JSON.
package struct DoctorReport: Encodable, Sendable {
  let version: String
  let host: String
  let findings: [Finding]
  /// What was not checked, each with the flag or command that checks it.
  let notChecked: [String]

  init(host: String, findings: [Finding], notChecked: [String]) {
    version = ProgramVersion.current
    self.host = host
    self.findings = findings
    self.notChecked = notChecked
  }

  private var problems: Int { findings.count { $0.level == .problem } }

  /// Whether a run will fail.
  package var hasProblems: Bool { problems > 0 }

  private enum CodingKeys: String, CodingKey { case version, host, findings, problems, notChecked }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(version, forKey: .version)
    try values.encode(host, forKey: .host)
    try values.encode(findings, forKey: .findings)
    try values.encode(problems, forKey: .problems)
    try values.encode(notChecked, forKey: .notChecked)
  }

  package var json: String { get throws { String(decoding: try ReportJSON.encode(self), as: UTF8.self) } }

  /// Every finding with its sign and its wrapped text, and its remedy below.
  package func text(_ style: TextStyle) -> String {
    let checks = (findings.map(\.check.count).max() ?? 0) + 2
    let indent = checks + Finding.Level.columns
    var lines = ["fusionctl \(version) on \(host)", ""]
    var last: String?
    for finding in findings {
      let name = (finding.check == last ? "" : finding.check).padded(to: checks)
      let line = style.wrapped(
        name + finding.level.sign.padded(to: Finding.Level.columns) + finding.text, at: indent)
      // Coloured at the end, so that columns are counted without colour codes.
      let (start, sign) = (line.prefix(checks), finding.level.sign)
      lines.append(start + finding.level.coloured(sign, style) + line.dropFirst(checks + sign.count))
      if let remedy = finding.remedy {
        lines.append(style.wrapped(String(repeating: " ", count: indent) + "→ \(remedy)", at: indent + 2))
      }
      last = finding.check
    }
    let notes = findings.count { $0.level == .note }
    let result =
      switch problems {
      case 0: notes == 0 ? style.green("Everything is as it should be.") : "Nothing here makes a run fail."
      case 1: style.red("1 problem makes runs fail.")
      default: style.red("\(problems) problems make runs fail.")
      }
    lines += ["", result]
    if !notChecked.isEmpty {
      let text = "\(counted(notChecked.count, "check")) not made: \(notChecked.joined(separator: "; "))"
      lines.append(style.dim(style.wrapped(text, indent: 2)))
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Finding.Level {
  /// Columns of the widest sign and two blanks.
  fileprivate static let columns = 11

  fileprivate var sign: String {
    switch self {
    case .ok: "✓ ok"
    case .note: "! note"
    case .problem: "✗ problem"
    }
  }

  fileprivate func coloured(_ text: String, _ style: TextStyle) -> String {
    switch self {
    case .ok: style.green(text)
    case .note: style.yellow(text)
    case .problem: style.red(text)
    }
  }
}

extension String {
  fileprivate func padded(to count: Int) -> String {
    self + String(repeating: " ", count: max(0, count - self.count))
  }
}

extension TextStyle {
  /// A line that is laid out up to column `indent` and wrapped behind it.
  fileprivate func wrapped(_ line: String, at indent: Int) -> String {
    var narrow = self
    narrow.width = max(min(width, 100) - indent, 20)
    let rest = narrow.wrapped(String(line.dropFirst(indent))).split(separator: "\n")
    return line.prefix(indent) + rest.joined(separator: "\n" + String(repeating: " ", count: indent))
  }
}
