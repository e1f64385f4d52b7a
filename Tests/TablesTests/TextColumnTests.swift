import Tables
import Testing

@Suite struct TextColumnTests {
  @Test(arguments: [["a", "", "b", "a", "a\0", "a"], [], ["", ""], ["é", "ß", "é"]])
  func textsComeBack(_ texts: [String]) {
    let column = TextColumn(texts)
    #expect(column.texts == texts)
    for row in texts.indices {
      #expect(column.isEqual(row, to: texts[row]) && !column.isEqual(row, to: texts[row] + "x"))
      #expect(column.isEmpty(row) == texts[row].isEmpty)
      for other in texts.indices {
        #expect(column.areEqual(row, other) == (texts[row] == texts[other]))
        #expect((column.hash(of: row) == column.hash(of: other)) == (texts[row] == texts[other]))
      }
    }
  }

  @Test func collectionsOfBytesAreTexts() {
    var column = TextColumn()
    column.append([0x61, 0x62])
    column.append("xabx".utf8.dropFirst().dropLast())
    column.append(AnyCollection("ab".utf8))
    #expect(column.texts == ["ab", "ab", "ab"])
    #expect(column.isEqual(2, to: StaticString("ab")))
  }

  /// Rows of ten texts take four bytes each. Rows that all differ take their bytes and four.
  @Test func theSmallerFormIsKept() {
    let rows = 100_000
    var (few, ids, half) = (TextColumn(), TextColumn(), TextColumn())
    for row in 0..<rows {
      few.append("country \(row % 10)")
      ids.append("a long id \(row)")
      half.append("place \(row / 2) of a town")
    }
    for column in [few, ids, half] { #expect(column.count == rows) }
    few.trim()
    ids.trim()
    half.trim()
    #expect(few.memory < 6 * rows)
    #expect(ids.memory < 25 * rows)
    #expect(half.memory < 25 * rows)
    for row in [0, 1, 1022, 1023, 1024, 77_777, rows - 1] {
      #expect(few[row] == "country \(row % 10)" && ids[row] == "a long id \(row)")
      #expect(half[row] == "place \(row / 2) of a town")
    }
    few.append("another")
    few.append("country 3")
    #expect(few.count == rows + 2 && few[rows] == "another" && few.areEqual(3, rows + 1))
  }

  @Test(arguments: [1, 3, 5000]) func distinctTextsAreNumbered(_ distinct: Int) {
    let texts = (0..<5000).map { "text \($0 * 7 % distinct)" }
    let found = TextColumn(texts).distinct()
    #expect(found.count == distinct)
    #expect(found.numbers.map { texts[found.firstRows[Int($0)]] } == texts)
    #expect(found.firstRows == found.firstRows.sorted() && found.firstRows[0] == 0)
  }

  @Test(arguments: [7, 3000]) func rowsAreSortedByBytes(_ distinct: Int) {
    var texts = ["", "b\0", "b", "b\0\0", "bbbbbbbb", "bbbbbbbbb", "bbbbbbb", "é", "z", "B", "bbbbbbbb\0"]
    for row in 0..<3000 {
      let number = row * 1231 % distinct
      texts.append("S2A_MSIL2A_2017\(number % 9)_\(String(number, radix: 2))")
    }
    let expected = texts.indices.sorted {
      let (a, b) = (Array(texts[$0].utf8), Array(texts[$1].utf8))
      return a == b ? $0 < $1 : a.lexicographicallyPrecedes(b)
    }
    let column = TextColumn(texts)
    #expect(column.order() == expected)
    #expect(column.gathered(expected).texts == expected.map { texts[$0] })
    #expect(column.gathered(expected).order() == Array(texts.indices))
  }

  @Test(arguments: [2, 4000], [2, 4000]) func columnsAreJoined(_ first: Int, _ second: Int) {
    let (a, b) = ((0..<4000).map { "a \($0 % first)" }, (0..<4000).map { "a \($0 % second + 1)" })
    var column = TextColumn(a)
    column.append(contentsOf: TextColumn(b))
    #expect(column.texts == a + b)
    #expect(column.isEqual(4001, to: 1, of: TextColumn(b)))
  }

  @Test func anIndexFindsRows() {
    let unique = TextIndex(TextColumn((0..<3000).map { "id \($0)" }))
    #expect(unique.duplicate == nil && unique.row(of: "id 2999") == 2999 && unique.row(of: "id") == nil)
    let twice = TextIndex(TextColumn(["a", "b", "c", "b", "a"]))
    #expect(twice.duplicate?.first == 1 && twice.duplicate?.second == 3 && twice.row(of: "b") == 1)
  }
}
