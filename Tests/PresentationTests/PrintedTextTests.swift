import Foundation
import Testing

@testable import Presentation

/// Text from files is printed without control characters.
@Suite struct PrintedTextTests {
  private let hostile = "w\u{1b}[31m\u{7}\u{9b}2J\u{202e}\u{7f}\u{200f}ü✓\n|"

  private func hasInvisible(_ text: String) -> Bool {
    text.unicodeScalars.contains { scalar in
      scalar != "\n" && [.control, .format].contains(scalar.properties.generalCategory)
    }
  }

  @Test func cellsAndTitlesOfTables() {
    let table = TextTable(
      columns: [.init("name", .left), .init("shape", .right)],
      sections: [.init(hostile, [.init([hostile, "[1]"], marked: [0])])])
    for text in [table.text, table.markdown] {
      #expect(!hasInvisible(text) && text.contains("ü✓"), "\(text)")
    }
    #expect(table.text.split(separator: "\n").count == 4)
  }

  @Test func documents() throws {
    let data = try ReportJSON.encode([hostile: [hostile, "\u{E0001}😀"]])
    let text = String(decoding: data, as: UTF8.self)
    #expect(!hasInvisible(text) && text.contains("ü✓") && text.contains("😀"))
    #expect(try ReportJSON.decode([String: [String]].self, from: data) == [hostile: [hostile, "\u{E0001}😀"]])
    let plain = try ReportJSON.encode(["ü✓😀": 1])
    #expect(String(decoding: plain, as: UTF8.self).contains("ü✓😀"))
  }

  /// Values and levels are counted outside of strings only.
  @Test func documentsThatAreTooLarge() {
    func isModest(_ text: String) -> Bool { JSONSize(of: Data(text.utf8)).isModest(values: 1_000_000) }
    #expect(isModest("{\"a\\\"[\":\"" + String(repeating: "[,", count: 2_000_000) + "\\\\\"}"))
    #expect(!isModest("{\"a\\\\\":" + String(repeating: "[", count: 65)))
    #expect(isModest("{\"a\\\\\":" + String(repeating: "[", count: 63)))
    #expect(!isModest("[" + String(repeating: "1,", count: 1_000_000) + "1]"))
  }
}
