import Foundation

/// What the doctor found, as text or JSON.
public struct DoctorReport: Encodable, Sendable {
  let version: String
  let host: String
  let findings: [Finding]

  init(host: String, findings: [Finding]) {
    version = ProgramVersion.current
    self.host = host
    self.findings = findings
  }

  private var problems: Int { findings.count { $0.level == .problem } }

  /// Whether a run will fail.
  public var hasProblems: Bool { problems > 0 }

  private enum CodingKeys: String, CodingKey { case version, host, findings, problems }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(version, forKey: .version)
    try values.encode(host, forKey: .host)
    try values.encode(findings, forKey: .findings)
    try values.encode(problems, forKey: .problems)
  }

  public var json: String { get throws { String(decoding: try ReportJSON.encode(self), as: UTF8.self) } }

  public var text: String {
    var rows: [[String]] = []
    var last: String?
    for finding in findings {
      rows.append([finding.check == last ? "" : finding.check, finding.level.rawValue, finding.text])
      if let remedy = finding.remedy { rows.append(["", "", "→ \(remedy)"]) }
      last = finding.check
    }
    let table = TextTable(columns: [.init("", .left), .init("", .left), .init("", .left)], rows: rows)
    let notes = findings.count { $0.level == .note }
    let result =
      switch problems {
      case 0: notes == 0 ? "Everything is as it should be." : "Nothing here makes a run fail."
      case 1: "1 problem makes runs fail."
      default: "\(problems) problems make runs fail."
      }
    return "fusionctl \(version) on \(host)\n\n\(table.text)\n\(result)\n"
  }
}
