import Basics
import Presentation

/// Keys of a configuration with default, values and meaning, as text that is a configuration itself.
package struct KeyHelp: Sendable {
  private let keys: [ExperimentKey]

  /// Every key.
  package init() { keys = ExperimentKey.all }

  /// The keys of a group, or the keys with all the words in their name, meaning or values. A word of another program, such
  /// as "lr", finds the key that it stands for.
  /// - Throws: `InputError` (usage) where no key has all the words.
  package init(matching words: [String]) throws {
    let words = words.map { $0.lowercased() }
    if words.count == 1, ExperimentKey.groups.contains(words[0]) {
      keys = ExperimentKey.all.filter { $0.group == words[0] }
      return
    }
    keys = ExperimentKey.all.filter { key in words.allSatisfy { key.answers(to: $0) } }
    guard keys.isEmpty else { return }
    let near = words.lazy.compactMap { word in
      Spelling.nearest(to: word, among: ExperimentKey.all.map(\.name) + ExperimentKey.groups)
    }.first
    throw InputError(
      .usage, words.joined(separator: " "), "no key has this in its name or meaning",
      remedy: near.map { "did you mean '\($0)'?" } ?? "'fusionctl keys' lists all of them")
  }

  /// The text of the keys. The meaning of a key stands above it, its values stand behind its default:
  ///
  ///     model:
  ///       # where the sensors meet; none for a single sensor
  ///       fusion: none  # none, early, middle, late
  package func text(_ style: TextStyle) -> String {
    let defaults = Experiment()
    var lines: [String] = []
    var group: String?
    for key in keys {
      if key.group != group, let name = key.group { lines += [""] + [style.bold("\(name):")] }
      group = key.group
      let indentation = group == nil ? "" : "  "
      func comment(_ text: String) -> [String] {
        var narrow = style
        narrow.width = min(style.width, 100) - indentation.count - 2
        return narrow.wrapped(text).split(separator: "\n").map { "\(indentation)# \($0)" }
      }
      let line = "\(indentation)\(key.name): \(key.text(defaults))"
      let values = "  # \(key.values)"
      let fits = line.count + values.count <= style.width
      lines += comment(key.summary) + (fits ? [] : comment("values: \(key.values)"))
      lines.append(line + (fits ? style.dim(values) : ""))
    }
    return lines.drop { $0.isEmpty }.joined(separator: "\n") + "\n"
  }
}

extension ExperimentKey {
  /// The allowed values; the words themselves where there are a few.
  fileprivate var values: String {
    let start = "one of "
    return expectation.hasPrefix(start) ? String(expectation.dropFirst(start.count)) : expectation
  }

  /// Whether a word in lower case is part of the name, or begins a word of the meaning or of the values.
  fileprivate func answers(to word: String) -> Bool {
    let tokens = "\(path) \(summary) \(expectation)".lowercased().split { !$0.isLetter && !$0.isNumber }
    return path.contains(word) || tokens.contains { $0.hasPrefix(word) }
      || KeyAlias.key(for: word)?.path == path
  }
}
