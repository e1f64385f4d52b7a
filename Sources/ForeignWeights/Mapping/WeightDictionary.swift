import Basics

/// The dictionary of a file that holds the weights of a network.
struct WeightDictionary {
  /// Its place: `model_state_dict`; empty for the outermost one.
  let place: String
  /// Its tensors by name. Names in dictionaries within it are joined by dots.
  let tensors: [(name: String, entry: WeightFile.Entry)]

  /// Dictionaries that are looked for, the first that is there is taken.
  private static let known = [
    "model_state_dict", "state_dict_ema", "state_dict", "teacher", "model", "student",
  ]

  /// - Parameter take: the place that a user names; nil to find it.
  /// - Throws: `InputError`: usage for a place without tensors; checkpoint for a file without any.
  init(of file: WeightFile, take: String?) throws {
    let groups = file.entries.filter(\.type.isFloat).map(\.group)
    guard !groups.isEmpty else {
      throw InputError(
        .checkpoint, file.path,
        "has no weights"
          + (file.ignoredObjects > 0 ? " outside of objects of other classes, which were left out" : ""),
        remedy: "save the weights alone: torch.save(model.state_dict(), FILE)")
    }
    func holds(_ place: String) -> Bool { groups.contains { $0 == place || $0.hasPrefix(place + "/") } }
    var place = ""
    if let take {
      guard holds(take) else {
        let tops = Set(groups.map { String($0.prefix { $0 != "/" }) }).subtracting([""]).sorted()
        throw InputError(
          .usage, "--take \(take)", "\(file.path) has no tensors there",
          remedy: tops.isEmpty
            ? "its tensors are in no dictionary: leave --take out"
            : "take one of \(tops.prefix(8).map { shownName($0) }.joined(separator: ", "))")
      }
      place = take
    } else {
      while let next = Self.known.lazy.map({ place.isEmpty ? $0 : "\(place)/\($0)" }).first(where: holds) {
        place = next
      }
    }
    self.place = place
    tensors = file.entries.compactMap { entry in
      guard place.isEmpty || entry.group == place || entry.group.hasPrefix(place + "/") else { return nil }
      let inner = entry.group.dropFirst(place.count).split(separator: "/").joined(separator: ".")
      return (inner.isEmpty ? entry.name : "\(inner).\(entry.name)", entry)
    }
  }
}
