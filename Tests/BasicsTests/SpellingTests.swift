import Testing

@testable import Basics

@Suite struct SpellingTests {
  @Test func spelling() {
    #expect(Spelling.distance("kitten", "sitting") == 3)
    #expect(Spelling.distance("", "abc") == 3)
    #expect(Spelling.distance("sead", "seed") == 1)
    #expect(Spelling.distance("epcohs", "epochs") == 1)
    #expect(Spelling.nearest(to: "Epoch", among: ["epsilon", "epochs"]) == "epochs")
    #expect(Spelling.nearest(to: "weather", among: ["epsilon", "epochs"]) == nil)
    #expect(Spelling.nearest(to: "x", among: []) == nil)
  }
}
