import Basics

/// What a pickle is read for: the names that it may import besides NumPy's, and the words of messages about it.
package struct PickleUse: Sendable {
  /// The kind of errors.
  let kind: InputError.Kind
  /// "a list or a label file".
  let title: String
  /// "list or label file", behind "no".
  let noun: String
  /// What to do about a pickle with too many values.
  let smallerRemedy: String
  /// What to do about a pickle that uses another name.
  let refusalRemedy: String
  /// Names such as `torch.FloatStorage`. A call of one is kept as a value.
  let names: [String]
  /// Whether calls, objects and references to outer data are kept as values; otherwise they are refused.
  let keepsCalls: Bool
  /// Whether objects with other names are left out; otherwise they are refused.
  let ignoresObjects: Bool

  private let indices: [String: Int]

  /// Split lists and label files.
  package static let lists = PickleUse(
    kind: .data, title: "a list or a label file", noun: "list or label file",
    smallerRemedy: "use the published file, or one with a NumPy array for each patch",
    refusalRemedy: "use a file from a source that you trust", names: nil)

  /// Weight files.
  /// - Parameters:
  ///   - names: the names that weights need.
  ///   - ignoresObjects: whether objects with other names are left out.
  package static func weights(names: [String], ignoresObjects: Bool) -> PickleUse {
    PickleUse(
      kind: .checkpoint, title: "a weight file", noun: "weight file",
      smallerRemedy: "save the weights alone: torch.save(model.state_dict(), FILE)",
      refusalRemedy: "skip such objects with --ignore-objects, or save the weights alone: "
        + "torch.save(model.state_dict(), FILE)",
      names: names, ignoresObjects: ignoresObjects)
  }

  private init(
    kind: InputError.Kind, title: String, noun: String, smallerRemedy: String, refusalRemedy: String,
    names: [String]?, ignoresObjects: Bool = false
  ) {
    (self.kind, self.title, self.noun) = (kind, title, noun)
    (self.smallerRemedy, self.refusalRemedy) = (smallerRemedy, refusalRemedy)
    self.names = names ?? []
    keepsCalls = names != nil
    self.ignoresObjects = ignoresObjects
    indices = Dictionary(uniqueKeysWithValues: self.names.enumerated().map { ($1, $0) })
  }

  func index(of name: String) -> Int? { indices[name] }
}
