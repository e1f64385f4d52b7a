import Basics
import Foundation
import TestSupport
import Testing

@testable import Maps

@Suite struct MapWorkTests {
  private let scratch: ScratchFolder
  private let layout = UnitLayout(
    [.init(windows: 3, cells: 5), .init(windows: 2, cells: 70), .init(windows: 1, cells: 0)], classes: 2)
  private let results = [
    UnitResult(probabilities: [0, 0.5, .nan, .nan, 0.25, 1], missing: [true, false, false, true, false]),
    UnitResult(probabilities: [1, 2, 3, 4], missing: (0..<70).map { $0 % 3 == 0 }),
    UnitResult(probabilities: [0.1, 0.2], missing: []),
  ]

  init() throws { scratch = try ScratchFolder() }

  private func open(_ key: [String] = ["network: a", "window: 3"], restarts: Bool = false) throws -> MapWork {
    try MapWork(of: scratch.file("map.tif").path, layout, key: key, restarts: restarts)
  }

  private func isSame(_ a: UnitResult?, _ b: UnitResult) -> Bool {
    a?.probabilities.map(\.bitPattern) == b.probabilities.map(\.bitPattern) && a?.missing == b.missing
  }

  /// Whatever byte a kill ends at, whole results are kept and the rest is computed again.
  @Test func aTornWriteLosesItsUnitOnly() throws {
    do {
      let work = try open()
      for result in results { try work.append(result) }
    }
    let units = scratch.file("map.tif.partial/units")
    let whole = try Data(contentsOf: units)
    #expect(whole.count == layout.starts[3])
    for length in 0...whole.count {
      try whole.prefix(length).write(to: units)
      let work = try open()
      let expected = layout.starts.dropFirst().count { $0 <= length }
      #expect(work.done == expected)
      for number in 0..<expected { #expect(isSame(try work.read(number), results[number])) }
    }
  }

  @Test func aChangedByteIsSeen() throws {
    let bytes = layout.bytes(results[0], 0)
    for place in bytes.indices {
      var other = bytes
      other[place] ^= 1
      #expect(layout.result(other, 0) == nil)
    }
    #expect(isSame(layout.result(bytes, 0), results[0]))
  }

  @Test func otherWorkIsRefusedByName() throws {
    do { try open().append(results[0]) }
    let error = #expect(throws: InputError.self) { try open(["network: a", "window: 4"]) }
    #expect(error?.kind == .usage)
    #expect(error?.problem == "holds unfinished work of another map (window differs)")
    #expect(try open().done == 1)
    #expect(try open(["network: b", "window: 3"], restarts: true).done == 0)
  }

  @Test func oneProcessAtATimeMakesAMap() throws {
    let work = try open()
    let error = #expect(throws: InputError.self) { try open() }
    #expect(error?.kind == .environment)
    withExtendedLifetime(work) {}
  }

  @Test func workLeavesNothingBehind() throws {
    let work = try open()
    try work.append(results[0])
    try Data().write(to: scratch.file("map.tif.partial/map-0.tif"))
    work.remove()
    #expect(!FileManager.default.fileExists(atPath: scratch.file("map.tif.partial").path))
  }
}
