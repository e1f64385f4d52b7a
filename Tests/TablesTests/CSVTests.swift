import Basics
import Foundation
import Tables
import Testing

@Suite struct CSVTests {
  @Test(arguments: ["\n", "\r\n"]) func quotesLineEndsAndMarks(_ end: String) throws {
    let text = ["name,note", "a,\"x, \"\"y\"\"\"", "\"\"\"\"\"\",\"line\(end)end\"", ",", "\"\",ß"]
      .joined(separator: end)
    let rows = [["a", "x, \"y\""], ["\"\"", "line\(end)end"], ["", ""], ["", "ß"]]
    for text in [text, text + end, "\u{FEFF}" + text, text + end + end, end + text] {
      let table = try table(text)
      #expect(table.names == ["name", "note"] && table.rows == rows && table.rowCount == 4)
    }
  }

  @Test func columnsWithoutHeaderAndWantedOnes() throws {
    let named = try table("1,2\n3,4\n", columns: ["a", "b"], wanted: ["b", "c"])
    #expect(named.names == ["a", "b"] && named.rows == [["2"], ["4"]] && named.column(named: "a") == nil)
    let none = try table("1\n2\n", columns: ["a"], wanted: [])
    #expect(none.rowCount == 2 && none.column(named: "a") == nil)
    let empty = try table("", columns: ["a"])
    #expect(empty.rowCount == 0 && empty.texts("a") == [])
    let one = try table("\"\"\n\nb", columns: ["a"])
    #expect(one.texts("a") == ["", "b"])
  }

  @Test func fixtures() throws {
    let own = try Table(contentsOf: dataSetFile("own-folder/labels.csv"))
    #expect(own.names == ["name", "folder", "cover", "region", "part", "cloud"] && own.rowCount == 6)
    #expect(
      own.texts("cover") == [
        "cropland;forest, mixed", "water", "settlement", "cropland;settlement;water", "", "forest, mixed",
      ])
    #expect(own.texts("cloud") == ["0.0", "0.7", "0.4", "0.1", "0.8", "0.5"])
    let train = try Table(
      contentsOf: dataSetFile("bigearthnet-v1/bigearthnet-train.csv"), columns: ["s2", "s1"])
    #expect(
      train.rows == [
        ["S2A_MSIL2A_20170617T113321_4_55", "S1A_IW_GRDH_1SDV_20170617T064724_29UPU_4_55"],
        ["S2B_MSIL2A_20170914T093029_16_39", "S1B_IW_GRDH_1SDV_20170914T043256_34TDQ_16_39"],
      ])
    let empty = dataSetFile("bigearthnet-v1/bigearthnet-val.csv")
    #expect(try Table(contentsOf: empty, columns: ["s2", "s1"]).rowCount == 0)
  }

  /// Values that lie across the ends of blocks, and a value longer than the first block.
  @Test func valuesLongerThanABlock() throws {
    let long = String(repeating: "ab\"\"c\n", count: 300_000)
    let ids = (0..<30_000).map { "id,\($0)" + String(repeating: "x", count: $0 % 61) }
    let text = "a,b\n\"\(long)\",1\n" + ids.map { "\"\($0)\",2\r\n" }.joined()
    var limits = TableLimits.standard
    limits.valueBytes = 1 << 22
    let table = try table(text, limits: limits)
    #expect(table.texts("a") == [long.replacing("\"\"", with: "\"")] + ids)
    #expect(table.texts("b") == ["1"] + ids.map { _ in "2" })
  }

  @Test(arguments: [
    ("a,b\n1,2\n3\n", "line 3 has 1 value, the first line names 2 columns"),
    ("a,b\n1,2\n\"x\ny\",2\n3,4,5\n", "line 5 has 3 values, the first line names 2 columns"),
    ("a,a\n", "two columns are named 'a'"),
    ("", "expected a first line with the names of the columns, found an empty file"),
    ("a;b\n1;2\n", "line 1 separates names by semicolons"),
    ("a,b\n1,\"2\n3,4\n", "line 2 has a quote that is not closed before the end of the file"),
    ("a,b\n1,\"2\"3\n", "line 2 has text behind a quote that closes a value"),
    ("a,b\r\n1,2\"\r\n", "line 2 has a quote inside a value that does not begin with one"),
    ("a,b\r1,2\r", "line 1 has a carriage return without a line feed"),
    ("a,b\n1,\0\n", "line 2 column 'b' expected text in UTF-8, found other bytes"),
  ]) func errorsNameTheLine(_ text: String, _ problem: String) throws {
    let error = try #require(throws: InputError.self) { try table(text) }
    #expect(error.kind == .data && error.subject.hasSuffix("/table.csv") && error.problem.hasPrefix(problem))
  }

  @Test func givenNamesDiffer() throws {
    let error = try #require(throws: InputError.self) { try table("1,2\n", columns: ["a", "a"]) }
    #expect(error.problem == "two columns are named 'a'")
    let few = try #require(throws: InputError.self) { try table("1,2\n", columns: ["a"]) }
    #expect(few.problem == "line 1 has 2 values, 1 column is named: a")
  }

  @Test func otherEncodings() throws {
    let latin = try #require(throws: InputError.self) {
      try table(Array("a,b\n1,Z".utf8) + [0xFC] + Array("rich\n".utf8), "table.csv")
    }
    #expect(latin.problem == "line 2 column 'b' expected text in UTF-8, found other bytes")
    let wide = try #require(throws: InputError.self) { try table([0xFF, 0xFE, 0x61, 0, 10, 0], "table.csv") }
    #expect(wide.problem == "expected text in UTF-8, found UTF-16")
  }

  @Test func limitsAreKept() throws {
    func problem(_ text: String, _ change: (inout TableLimits) -> Void) throws -> String {
      var limits = TableLimits.standard
      change(&limits)
      return try #require(throws: InputError.self) { try table(text, limits: limits) }.problem
    }
    let text = "a,b\n1,2\n3,4567\n"
    #expect(try problem(text) { $0.fileBytes = 10 } == "has 15 bytes, more than the 10 that are read")
    #expect(try problem(text) { $0.rows = 1 } == "line 3 is one more row than the 1 that are read")
    #expect(try problem(text) { $0.columns = 1 } == "line 1 has more than 1 values")
    #expect(
      try problem(text) { $0.valueBytes = 3 }
        == "line 3 column 'b' has a value of 4 bytes, more than the 3 that are read")
    #expect(
      try problem(text) { $0.textBytes = 3 }
        == "line 3 column 'b' brings the texts of the table above 3 bytes")
    #expect(
      try problem(text) { $0.values = 3 } == "line 3 column 'b' brings the values of the table above 3")
    #expect(try problem("a\n\"1\n2\n3456789", { $0.recordBytes = 8 }) == "line 2 has more than 8 bytes")
  }

  @Test func onlyTablesAreRead() throws {
    let error = try #require(throws: InputError.self) { try table("a\n", "table.xlsx") }
    #expect(error.problem == "expected a table whose name ends in .csv or .parquet, found '.xlsx'")
    let absent = URL(filePath: "/nowhere/table.csv")
    let missing = InputError(.data, absent.path, "does not exist", remedy: "check the path")
    #expect(throws: missing) { try Table(contentsOf: absent) }
  }
}
