import Basics
import Testing

@Suite struct BoundedNumberTests {
  @Test func wholeNumbers() {
    #expect(BoundedNumber.whole("12", in: 1...12) == 12)
    for text in ["", "13", "0", "-1", "1e1", "nan", "inf", "12.0", " 12", "99999999999999999999", "0x3"] {
      #expect(BoundedNumber.whole(text, in: 1...12) == nil, "'\(text)'")
    }
  }

  @Test func realNumbers() {
    let span = BoundedNumber.Bounds.span
    #expect(BoundedNumber.real("1e-5", in: span) == 1e-5 && BoundedNumber.real("0", in: span) == 0)
    for text in ["", "nan", "inf", "-inf", "infinity", "1e400", "1e10", "-0.1", "0x1p3", "1 ", "nan(1)"] {
      #expect(BoundedNumber.real(text, in: span) == nil, "'\(text)'")
    }
  }

  @Test func variablesAreNamed() throws {
    func cores(_ text: String?) throws -> Int? {
      try BoundedNumber.variable("CORES", in: ["CORES": text].compactMapValues(\.self), 1...64, "cores")
    }
    #expect(try cores(nil) == nil && cores("") == nil && cores("64") == 64)
    for text in ["65", "0", "-3", "nan", "1e1", "\u{1B}[2J"] {
      let error = try #require(throws: InputError.self) { try cores(text) }
      #expect(error.kind == .environment && error.subject == "CORES")
      #expect(error.problem.hasPrefix("expected a number of cores from 1 to 64, found '"))
      #expect(!error.description.unicodeScalars.contains("\u{1B}"))
    }
  }

  @Test(arguments: ["nan", "inf", "-1", "1e300", "18446744073709551615", "253402300800", "soon"])
  func datesAreWithinTheCalendar(text: String) throws {
    #expect(try BoundedNumber.dateVariable("END", in: ["END": "1700000000.5"]) == 1_700_000_000.5)
    let error = try #require(throws: InputError.self) {
      try BoundedNumber.dateVariable("END", in: ["END": text])
    }
    #expect(error.subject == "END")
  }
}
