import TestSupport
import Testing

@Suite struct DeterministicFillTests {
  @Test func hashesAndUniformsAreThoseOfTheReference() throws {
    let vectors = try Fixtures.json("models/fill.json").vectors.array
    #expect(!vectors.isEmpty)
    for vector in vectors {
      let fill = DeterministicFill(vector.name.string!)
      let hashes = vector.hash_first8.strings.map { UInt32($0.dropFirst(2), radix: 16)! }
      #expect(fill.salt == UInt32(vector.salt.string!.dropFirst(2), radix: 16))
      #expect((0..<8).map(fill.hash) == hashes)
      for (index, u) in vector.u_first4.doubles.enumerated() { #expect(abs(fill.uniform(index) - u) < 1e-15) }
    }
  }

  @Test(arguments: ["s1.small", "s2.small", "s1.big", "s2.big"])
  func storedImagesFollowTheRule(name: String) throws {
    let stored = try Fixtures.tensors("models/inputs.safetensors")[name]
    let fill = DeterministicFill("input/" + name.split(separator: ".").joined(separator: "/"))
    #expect(fill.values(stored.values.count, .centred(width: 4)) == stored.floats)
  }
}
