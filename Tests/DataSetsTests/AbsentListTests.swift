import Imagery
import TestSupport
import Testing

@testable import Basics
@testable import DataSets

struct AbsentListTests {
  /// A list of validation patches is needed by the runs that take their patches from it.
  @Test func anAbsentListOfValidationPatches() throws {
    var set = try SmallSet(
      [
        "t.csv": "name,tile,label\n" + (0..<20).map { "p\($0),tile\($0 / 2),land" }.joined(separator: "\n"),
        "train.txt": (0..<20).map { "p\($0)" }.joined(separator: "\n"),
      ], images: (0..<20).map { "img/p\($0).tif" })
    set.keys["cluster"] = "\"{tile}\""
    set.keys["splits"] = "{train: {list: train.txt}, validation: {list: val.txt}}"
    let dataSet = try set.open(validation: .byScene(fraction: 0.3), wanted: [.train, .validation])
    #expect(dataSet.selection.training.count + dataSet.selection.validation.count == 20)
    #expect(dataSet.selection.validation.count == 6)
    #expect(
      dataSet.selection.notes.contains(
        "val.txt does not exist, so the run holds out training patches for validation"))
    let error = #expect(throws: InputError.self) {
      try set.open(validation: .list, wanted: [.train, .validation])
    }
    #expect(error?.subject.hasSuffix("val.txt") == true)
    // Without the list its patches would be in the rest.
    set.keys["splits"] = "{train: rest, validation: {list: val.txt}}"
    #expect(throws: InputError.self) { try set.open(validation: .byScene(fraction: 0.3), wanted: [.train]) }
  }
}
