import Basics

extension ExperimentKey {
  /// The remedy for an unknown key, such as "did you mean 'training.epochs'?".
  /// - Parameter typed: the text that the user wrote: the whole path, or in a file the part after the group.
  static func suggestion(for path: String, typed: String) -> String {
    let dot = path.firstIndex(of: ".")
    let group = dot.map { String(path[..<$0]) }
    let name = dot.map { String(path[path.index(after: $0)...]) } ?? path
    if let group, !groups.contains(group), let near = Spelling.nearest(to: group, among: groups) {
      let meant = "\(near).\(name)"
      return byPath[meant] != nil ? "did you mean '\(meant)'?" : "did you mean the group '\(near)'?"
    }
    if let meant = KeyAlias.key(for: name) {
      // In a file, the group stands above.
      return "did you mean '\(typed != path && meant.group == group ? meant.name : meant.path)'?"
    }
    let siblings = all.filter { $0.group == group }.map(\.name) + (group == nil ? groups : [])
    let longer = name.count < 3 ? nil : siblings.filter { $0.hasPrefix(name) }.min { $0.count < $1.count }
    if let near = longer ?? Spelling.nearest(to: name, among: siblings) {
      let prefix = typed == path ? group.map { "\($0)." } ?? "" : ""
      return "did you mean '\(prefix)\(near)'?"
    }
    let homes = all.filter { $0.name == name }.map { key in key.group.map { "in '\($0)'" } ?? "at the top" }
    if !homes.isEmpty { return "it belongs " + homes.joined(separator: " or ") }
    if let near = Spelling.nearest(to: name, among: all.map(\.name)),
      let key = all.first(where: { $0.name == near })
    {
      return "did you mean '\(key.path)'?"
    }
    if let group, siblings.isEmpty {
      return "there is no group '\(shownName(group))', only " + groups.joined(separator: ", ")
    }
    return "the keys\(group.map { " of '\($0)'" } ?? "") are " + siblings.joined(separator: ", ")
  }
}
