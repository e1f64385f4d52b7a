import Basics
import Tables
import Testing

@Suite struct ForgedParquetTests {
  private typealias Page = ForgedParquet.Page

  private func read(limits: TableLimits = .standard, _ change: (inout ForgedParquet) -> Void) throws
    -> Table
  {
    var forged = ForgedParquet()
    change(&forged)
    return try table(forged.file, "forged.parquet", limits: limits)
  }

  /// The problem of a changed file, without the name of its column.
  private func problem(limits: TableLimits = .standard, _ change: (inout ForgedParquet) -> Void) throws
    -> String
  {
    let error = try #require(throws: InputError.self) { try read(limits: limits, change) }
    #expect(error.kind == .data && error.subject.hasSuffix("/forged.parquet") && error.remedy != nil)
    return error.problem.replacing("column 'x' ", with: "")
  }

  @Test func theForgerWritesFiles() throws {
    #expect(try read({ _ in }).texts("x") == ["a", "", "c"])
    let levels = ForgedParquet.run(3, 1)
    let dictionary = Page(kind: 2, values: 2, content: ForgedParquet.sized("a") + ForgedParquet.sized("b"))
    let indices: [UInt8] = [1, 3, 0b101]
    let first = try read {
      $0.pages = [dictionary, Page(encoding: 8, content: ForgedParquet.sized(levels) + indices)]
    }
    #expect(first.texts("x") == ["b", "a", "b"])
    let second = try read {
      $0.pages = [dictionary, Page(kind: 3, encoding: 8, levels: (0, 2), content: levels + indices)]
    }
    #expect(second.texts("x") == ["b", "a", "b"])
  }

  /// Rows: no list, an empty one, one of a missing element and "a", one of "b". A page ends inside the third.
  @Test func listsOverPages() throws {
    func page(_ repetitions: [UInt8], _ definitions: [UInt8], _ texts: [String]) -> Page {
      let runs = [repetitions, definitions].map { levels in
        ForgedParquet.sized(levels.flatMap { ForgedParquet.run(1, $0) })
      }
      return Page(
        values: definitions.count, content: Array(runs.joined()) + texts.flatMap { ForgedParquet.sized($0) })
    }
    let table = try read {
      $0.schema = ForgedParquet.lists
      $0.pages = [page([0, 0, 0], [0, 1, 2], []), page([1, 0], [3, 3], ["a", "b"])]
      ($0.values, $0.rows, $0.groupRows) = (5, 4, [4])
    }
    #expect(table.texts("x") == ["", "", ";a", "b"])
    let goesOn = try problem {
      $0.schema = ForgedParquet.lists
      $0.pages = [page([1, 0, 0], [3, 0, 0], ["a"])]
    }
    #expect(goesOn == "is damaged: a list goes on where none is open")
    let tooMany = try problem {
      $0.schema = ForgedParquet.lists
      $0.pages = [page([0, 0, 0], [3, 0, 0], ["a"])]
      ($0.rows, $0.groupRows) = (2, [2])
    }
    #expect(tooMany == "is damaged: 3 rows in a group of 2")
  }

  @Test func sizesInTheFooter() throws {
    #expect(
      try problem { $0.footerBytes = 1 << 20 }
        == "is damaged: its footer of 1048576 bytes is longer than the file")
    #expect(
      try problem { ($0.rows, $0.groupRows) = (1 << 40, [1 << 40]) }
        == "has 1099511627776 rows, more than the 33554432 that are read")
    #expect(try problem { $0.rows = 4 } == "is damaged: the groups of rows have 3 rows, the file has 4")
    #expect(
      try problem { $0.groupRows = [3, .max] }
        == "is damaged: the groups of rows have more than the 3 rows of the file")
    #expect(try problem { $0.groupRows = [-1] } == "is damaged: a size is -1")
    #expect(
      try problem { $0.chunks = 2 } == "is damaged: group 0 of rows has 2 columns, the schema has 1")
    #expect(
      try problem { $0.chunks = 3 } == "is damaged: a group of rows has more columns than the schema")
    #expect(try problem { $0.values = 4 } == "is damaged: 4 values in a group of 3 rows")
    for change: (inout ForgedParquet) -> Void in [
      { $0.offset = 1 << 40 }, { $0.offset = 3 }, { $0.bytesOfPages = 1 << 40 }, { $0.bytesOfPages = .max },
    ] {
      #expect(try problem(change) == "is damaged: its pages lie outside of the file or overlap")
    }
    #expect(try problem { $0.codec = 99 } == "uses compression number 99, which is not read")
  }

  @Test func otherFiles() throws {
    func problem(_ text: String) throws -> String {
      try #require(throws: InputError.self) { try table(text, "a.parquet") }.problem
    }
    #expect(try problem("PAR1") == "is too short for a Parquet file")
    #expect(
      try problem("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n")
        == "is not a Parquet file: it begins with \"version https://git-lfs.github.com/spec/\"")
    #expect(try problem("PAR1 and no more") == "is cut off or damaged: it does not end in \"PAR1\"")
    #expect(try problem("PARE12345678PARE") == "uses encryption, which is not read")
  }

  @Test func schemas() throws {
    func root(_ children: Int) -> [UInt8] {
      ThriftWriter {
        $0.text(4, "root")
        $0.integer(5, children)
      }.bytes
    }
    #expect(try problem { ($0.schema, $0.chunks) = ([], 0) } == "is damaged: the schema is empty")
    #expect(try problem { $0.schema[0] = root(.max) } == "is damaged: the schema is cut off")
    #expect(try problem { $0.schema[0] = root(0) } == "is damaged: the schema has nodes without a parent")
    #expect(
      try problem {
        $0.schema += [$0.schema[1]]
        $0.schema[0] = root(2)
      } == "is damaged: two columns are named 'x'")
    let group = ForgedParquet.node("g", repetition: 0, children: 1)
    #expect(
      try problem { $0.schema = [root(1)] + Array(repeating: group, count: 40) + [$0.schema[1]] }
        == "uses a schema more than 16 levels deep, which is not read")
    #expect(
      try problem { $0.schema[1] = ForgedParquet.node("x", type: 6, repetition: 2) }
        == "uses a nested type, which is not read")
    #expect(
      try problem { $0.schema[1] = ForgedParquet.node("x", type: 3, repetition: 1) }
        == "uses the type INT96, which is not read")
    var limits = TableLimits.standard
    limits.columns = 1
    let two = try problem(limits: limits) {
      $0.schema += [ForgedParquet.node("y", type: 6, repetition: 1)]
      $0.schema[0] = root(2)
    }
    #expect(two == "has 2 columns, more than the 1 that are read")
  }

  @Test func pages() throws {
    let levels = ForgedParquet.sized(ForgedParquet.run(3, 1))
    func with(_ content: [UInt8], encoding: Int = 0) throws -> String {
      try problem { $0.pages = [Page(encoding: encoding, content: content)] }
    }
    #expect(try with([]) == "is damaged: a page is cut off")
    #expect(try with(ForgedParquet.word(.max)) == "is damaged: a page is cut off")
    #expect(try with(levels) == "is damaged: values are cut off")
    #expect(try with(levels + ForgedParquet.word(.max)) == "is damaged: a text is cut off")
    #expect(try with(ForgedParquet.sized(ForgedParquet.run(2, 1))) == "is damaged: fewer numbers than values")
    #expect(try with(levels + [1, 2], encoding: 8) == "is damaged: a page has no dictionary")
    #expect(
      try with(levels + ForgedParquet.sized([0xC3])) == "expected text in UTF-8, found other bytes")
    #expect(
      try problem { $0.pages[0].levelEncoding = 4 }
        == "uses the encoding number 4 of levels, which is not read")
    #expect(try problem { $0.pages[0].values = 4 } == "is damaged: pages have more values than the column")
    #expect(
      try problem { $0.pages[0].size = 7 }
        == "is damaged: a page has 20 bytes decompressed, its header says 7")
    #expect(
      try problem { $0.pages[0].size = 1 << 30 }
        == "has a page of 1073741824 bytes, more than the 268435456 that are read")
    #expect(try problem { $0.pages = [] } == "is damaged: a structure is cut off")
    let dictionary = Page(kind: 2, values: 1, content: ForgedParquet.sized("a"))
    func numbered(_ pages: [Page], _ numbers: [UInt8]) throws -> String {
      try problem { $0.pages = pages + [Page(encoding: 8, content: levels + numbers)] }
    }
    #expect(
      try numbered([dictionary], [1] + ForgedParquet.run(3, 1)) == "is damaged: text 1 of a dictionary of 1")
    #expect(try numbered([dictionary], [33] + ForgedParquet.run(3, 1)) == "is damaged: numbers have 33 bits")
    #expect(try numbered([dictionary, dictionary], [0]) == "is damaged: a column has two dictionaries")
    #expect(
      try numbered([Page(kind: 2, values: .max >> 1, content: [])], [0])
        == "is damaged: a dictionary is cut off")
  }

  /// Thirty bytes of runs stand for millions of texts. Their bytes, not the bytes of the file, are bounded.
  @Test func fewBytesThatStandForMany() throws {
    var limits = TableLimits.standard
    limits.textBytes = 1 << 20
    let rows = 1 << 16
    let ids = (0..<2000).map { "id \($0)" }
    let long = String(repeating: "x", count: 1000)
    func write(_ forged: inout ForgedParquet) {
      let content = ForgedParquet.sized(ForgedParquet.run(2000, 1)) + ids.flatMap { ForgedParquet.sized($0) }
      forged.pages = [
        Page(kind: 2, values: 1, content: ForgedParquet.sized(long)), Page(values: 2000, content: content),
        Page(
          values: rows, encoding: 8, content: ForgedParquet.sized(ForgedParquet.run(rows, 1)) + [0]),
      ]
      (forged.values, forged.rows, forged.groupRows) = (2000 + rows, 2000 + rows, [2000 + rows])
    }
    #expect(try problem(limits: limits, write) == "brings the texts of the table above 1048576 bytes")
    let table = try read { forged in
      write(&forged)
      forged.pages.remove(at: 1)
      (forged.values, forged.rows, forged.groupRows) = (rows, rows, [rows])
    }
    guard case .texts(let texts) = table.column(named: "x") else {
      Issue.record("texts are read")
      return
    }
    #expect(texts.count == rows && texts[rows - 1] == long && texts.memory < 5 * rows)
  }
}
