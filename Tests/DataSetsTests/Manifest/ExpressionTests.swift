import Imagery
import Testing

@testable import DataSets

@Suite struct ExpressionTests {
  /// An expression with one group, a text, and what the group holds; nil where the text does not match. The expectations
  /// are those of Python's `re.fullmatch`, but `(a*)*` is not repeated for the empty rest of `aaa`.
  @Test(
    arguments: [
      (#"^(.+)_\d+_\d+$"#, "S2A_MSIL2A_20170613_T33UUP_26_57", "S2A_MSIL2A_20170613_T33UUP"),
      (#"^(.+)_\d+_\d+$"#, "a_1_2_3", "a_1"), (#"^(.+)_\d+_\d+$"#, "a_1_2_x", nil),
      (#"^.+_(T[0-9A-Z]{5}_\d+_\d+)$"#, "S2A_MSIL2A_T33UUP_26_57", "T33UUP_26_57"),
      (#"^.+_(T[0-9A-Z]{5}_\d+_\d+)$"#, "S2A_T33UU_26_57", nil),
      (#"(.+)\.jpg"#, "Forest_12.jpg", "Forest_12"), (#"(.+)\.jpg"#, "Forest_12.jpg\n", nil),
      ("(a*)(?:ab)*b*", "aab", "aa"), ("(a|ab)(?:c|bcd)d*", "abcd", "a"), ("(ab|a)(?:c|bcd)d*", "abcd", "ab"),
      ("(?:(a)|b)*", "ab", "a"), ("(?:(a)|b)*", "aba", "a"), ("(a*)*", "aaa", "aaa"), ("(a*)+", "", ""),
      ("x(a{2,3})a*", "xaaaa", "aaa"), ("x(a{2,3})a{2}", "xaaaa", "aa"), ("(a{2})", "aaa", nil),
      ("(a{0,2})a{2}", "aaa", "a"), ("(a{3,})", "aa", nil), ("(a{3,})", "aaaaa", "aaaaa"), ("(a{0})", "", ""),
      ("([^_]+)_.*", "north_1_2", "north"), (#"([\w-]+)\s\S+"#, "a-b c", "a-b"),
      (#"([\]\\-]+)"#, #"]\-"#, #"]\-"#),
      ("([a-])", "-", "-"), ("([-a])", "-", "-"), (#"(\.)"#, "x", nil), ("(.)", "\n", nil),
      ("(é+)", "éé", "éé"),
      ("(.)é", "aé", "a"), ("([à-ü]{2})", "éü", "éü"), ("([^a])", "\u{1F6F0}", "\u{1F6F0}"),
      ("(.{2})", "éa", "éa"),
      (#"(\D)\W"#, "x-", "x"), ("()", "", ""), ("a|b(c)", "bc", "c"), ("(|a)+", "aa", "a"), ("(a|)", "", ""),
    ] as [(String, String, String?)])
  func captures(_ text: String, _ subject: String, _ group: String?) throws {
    let expression = try BoundedExpression(text, needsGroup: true)
    #expect(expression.capture(subject) == group)
    #expect(expression.matches(subject) == (group != nil))
  }

  /// A group that is no part of the match has no text.
  @Test func groupsWithoutAPart() throws {
    let expression = try BoundedExpression("(a)|b", needsGroup: true)
    #expect(expression.matches("b") && expression.capture("b") == nil)
  }

  @Test(arguments: [
    (#"(a)\1"#, "back-reference"), ("(?=a)", "look-ahead"), ("(?!a)", "look-ahead"),
    ("(?<=a)", "look-behind"),
    ("(?<!a)", "look-behind"), ("(?P<n>a)", "named group"), ("(?<n>a)", "named group"),
    ("(?P=n)", "back-reference"),
    ("(?i)a", "flags '(?i'"), ("(?>a)", "atomic group"), ("a+?", "lazy"), ("a*?", "lazy"), ("a??", "lazy"),
    ("a{2}?", "lazy"), ("a++", "possessive"), ("a?+", "possessive"), ("a**", "repeats a repetition"),
    (#"\bword"#, "word boundary"), (#"\Aa"#, "anchor '\\A'"), ("a^b", "anchor '^'"), ("a$b", "anchor '$'"),
    ("(a$)", "anchor '$'"), ("(", "'(' without ')'"), (")", "')' without '('"), ("[a", "'[' without ']'"),
    ("[]", "empty class"), ("[z-a]", "range"), (#"[\d-z]"#, "range"), ("[[:alpha:]]", "named class"),
    ("*a", "repeats nothing"), ("a|*", "repeats nothing"), ("a{", "repetition"), ("a{,2}", "repetition"),
    ("a{3,2}", "n ≤ m"), ("a{256}", "up to 255"), ("a{-1}", "repetition"), ("{", "single '{'"),
    ("a}", "single '}'"),
    (#"\pL"#, "escape '\\p'"), (#"\x41"#, "escape '\\x'"), ("a\\", "ends with a backslash"),
    ("(?:a{255}){255}", "too large"), ("((((a{9}){9}){9}){9}){9}", "too large"),
  ])
  func outsideTheSubset(_ text: String, _ words: String) throws {
    let problem = try #require(throws: BoundedExpression.Problem.self) { try BoundedExpression(text) }
    #expect(problem.text.contains(words), "\(problem.text)")
  }

  @Test func groupsAreCounted() throws {
    for (text, words) in [("a+", "has no group"), ("(a)(b)", "has 2 groups"), ("(?:a)", "has no group")] {
      let problem = try #require(throws: BoundedExpression.Problem.self) {
        try BoundedExpression(text, needsGroup: true)
      }
      #expect(problem.text.contains(words))
      #expect(try BoundedExpression(text).text == text)
    }
    #expect(throws: BoundedExpression.Problem.self) {
      try BoundedExpression(String(repeating: "a", count: 513))
    }
  }

  /// Empty repetitions of empty repetitions take no time.
  @Test func emptyRepetitions() throws {
    let nested = (0..<40).reduce("") { text, _ in "(?:\(text)){255}" }
    #expect(try BoundedExpression(nested).matches(""))
    #expect(try !BoundedExpression("(?:(?:a?){9}){9}b").matches("aaac"))
  }

  /// Backtracking without memory would take 2⁴⁰ steps here.
  @Test(arguments: [
    "(a|aa)+", "(?:a*)*", "(?:a+)+b?", "(?:a|a|a)*", "(?:a?){200}", "(?:.*.*)*=", "(?:(?:a+)+)+",
  ])
  func hostileExpressions(_ text: String) throws {
    let expression = try BoundedExpression(text)
    let clock = ContinuousClock()
    var times: [Duration] = []
    for count in [1000, 4000] {
      let subject = String(repeating: "a", count: count) + "!"
      let time = clock.measure { #expect(!expression.matches(subject)) }
      times.append(time)
    }
    #expect(times[1] < max(times[0], .milliseconds(10)) * 16, "\(times)")
  }

  @Test func textsBeyondTheLimitDoNotMatch() throws {
    let expression = try BoundedExpression("a*")
    #expect(expression.matches(String(repeating: "a", count: 4096)))
    #expect(!expression.matches(String(repeating: "a", count: 4097)))
  }

  /// Bytes that are no UTF-8, as file names may hold.
  @Test func strayBytes() throws {
    func matches(_ text: String, _ bytes: [UInt8]) throws -> Bool {
      let matcher = BoundedExpression.Matcher(try BoundedExpression(text))
      return bytes.withUnsafeBufferPointer { matcher.matches($0) }
    }
    #expect(try matches("a.b", [97, 0xFF, 98]) && matches("a[^x]b", [97, 0xC3, 98]))
    #expect(try !matches("a[é]b", [97, 0xC3, 98]) && !matches(#"\w"#, [0xE9]))
    #expect(
      try matches("..", [0xED, 0xA0]) && matches("...", [0xED, 0xA0, 0x80])
        && !matches(".", [0xED, 0xA0, 0x80]))
    #expect(try matches("é", [0xC3, 0xA9]) && matches("..", [0xC0, 0x80]))
  }
}

@Suite struct PathPatternTests {
  private func pattern(_ template: String, _ match: [String: String]) throws -> PathPattern {
    try PathPattern(Template(template), match: match.mapValues { try BoundedExpression($0) })
  }

  @Test func fields() throws {
    let eurosat = try pattern(
      "EuroSAT_MS/{class}/{class}_{number}.tif", ["class": "[A-Za-z]+", "number": #"\d+"#])
    #expect(eurosat.fields == ["class", "number"])
    #expect(eurosat.components.map(\.literal) == ["EuroSAT_MS", nil, nil])
    #expect(eurosat.components.map(\.newFields) == [[], [0], [1]])
    #expect(eurosat.values(in: "EuroSAT_MS/Forest/Forest_12.tif") == ["Forest", "12"])
    for stranger in [
      "EuroSAT_MS/SeaLake/Bombay_000000.tif", "EuroSAT_MS/Forest/River_1.tif",
      "EuroSAT_MS/Forest/Forest_1.tif/",
      "EuroSAT_MS/Forest/Forest_1.tif.aux.xml", "x/EuroSAT_MS/Forest/Forest_1.tif", "EuroSAT_MS/Forest",
      "EuroSAT_MS//Forest_1.tif", "", "EuroSAT_MS/Forest/Forest_1xtif",
    ] { #expect(eurosat.values(in: stranger) == nil, "\(stranger)") }
  }

  @Test func fieldsHoldNoSlash() throws {
    let greedy = try pattern("{a}/{b}", ["a": ".+", "b": ".+"])
    #expect(greedy.values(in: "x/y") == ["x", "y"])
    #expect(greedy.values(in: "x/y/z") == nil)
  }

  @Test func repeatedFields() throws {
    let twice = try pattern("{a}_{a}_{n}.tif", ["a": ".+", "n": #"\d+"#])
    #expect(twice.values(in: "x_y_x_y_3.tif") == ["x_y", "3"])
    #expect(twice.values(in: "x_y_3.tif") == nil)
    // Groups in the expression of a field have no meaning.
    #expect(try pattern("{a}.x", ["a": "(b)|(c)"]).values(in: "c.x") == ["c"])
  }

  /// A walk through folders: each name is matched when it is met, after the names above it.
  @Test func walking() throws {
    let tree = try pattern(
      "{season}/s2_{scene}/{season}_s2_{scene}_p{n}.tif",
      ["season": "ROIs[0-9]+_[a-z]+", "scene": #"\d+"#, "n": #"\d+"#])
    let matcher = PathPattern.Matcher(tree)
    func step(_ component: Int, _ path: String) -> Bool {
      let start = path.utf8.lastIndex(of: UInt8(ascii: "/")).map {
        path.utf8.distance(from: path.utf8.startIndex, to: $0) + 1
      }
      return Array(path.utf8).withUnsafeBufferPointer {
        matcher.matches(component: component, of: $0, from: start ?? 0)
      }
    }
    #expect(step(0, "ROIs1158_spring") && !step(0, "labels") && step(0, "ROIs1868_summer"))
    #expect(step(1, "ROIs1868_summer/s2_7") && !step(1, "ROIs1868_summer/s1_7"))
    #expect(!step(2, "ROIs1868_summer/s2_7/ROIs1868_summer_s2_8_p1.tif"))
    let path = "ROIs1868_summer/s2_7/ROIs1868_summer_s2_7_p31.tif"
    #expect(step(2, path))
    let bytes = Array(path.utf8)
    #expect(
      (0..<3).map { String(decoding: bytes[matcher.range(ofField: $0)], as: UTF8.self) } == [
        "ROIs1868_summer", "7", "31",
      ])
    #expect(
      step(1, "ROIs1868_summer/s2_146") && step(2, "ROIs1868_summer/s2_146/ROIs1868_summer_s2_146_p2.tif"))
  }
}
