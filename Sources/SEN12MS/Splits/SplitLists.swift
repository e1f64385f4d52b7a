import Imagery

/// The lists of a label folder that a run uses.
package struct SplitLists: Sendable, Equatable {
  /// The training list; nil when the folder has none. The same holds for the other two.
  package private(set) var train: SplitList?
  package private(set) var validation: SplitList?
  package var test: SplitList?

  package init(train: SplitList?, validation: SplitList?, test: SplitList?) {
    (self.train, self.validation, self.test) = (train, validation, test)
  }

  package subscript(split: Split) -> SplitList? {
    switch split {
    case .train: train
    case .validation: validation
    case .test: test
    }
  }

  /// The lists that the folder has.
  var given: [SplitList] { Split.allCases.compactMap { self[$0] } }
  /// Whether the list of test patches names the damaged patch (`PatchID.damaged`).
  var namesDamagedInTest: Bool { (test?.damagedLeftOut ?? 0) > 0 }

  /// The lists as they are given.
  /// - Throws: `InputError` (data) when the training or validation list is absent or empty, or one cannot be read.
  package static func given(_ folder: LabelFolder) throws -> SplitLists {
    SplitLists(
      train: try folder.requiredList(.train), validation: try folder.requiredList(.validation),
      test: try folder.list(.test))
  }

  /// The lists from which whole scenes are held out for validation.
  /// - Throws: `InputError` (data) when the training list is absent or empty, or one cannot be read.
  public static func byScene(_ folder: LabelFolder) throws -> SplitLists {
    SplitLists(
      train: try folder.requiredList(.train), validation: try folder.list(.validation),
      test: try folder.list(.test))
  }

  /// The list of test patches alone, for an evaluation without training lists.
  /// - Throws: `InputError` (data) when the list is absent or empty, or cannot be read.
  package static func test(_ folder: LabelFolder) throws -> SplitLists {
    SplitLists(train: nil, validation: nil, test: try folder.requiredList(.test))
  }

  /// The lists with only the patches for which `isKept` is true.
  package func filter(_ isKept: (PatchID) -> Bool) -> SplitLists {
    SplitLists(
      train: train?.filter(isKept), validation: validation?.filter(isKept), test: test?.filter(isKept))
  }
}
