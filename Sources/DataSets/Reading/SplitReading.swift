import Basics
import Imagery

extension ManifestReader {
  mutating func splits(_ value: ManifestValue) throws -> [SplitRule] {
    let group = try value.group(Split.allCases.map(\.rawValue))
    let rules = try Split.allCases.compactMap { split in
      try group[split.rawValue].map { SplitRule(split: split, source: try splitSource($0)) }
    }
    if group.has("validation"), !group.has("train") {
      throw value.error("has validation patches without training patches", remedy: "add splits.train")
    }
    let rest = rules.filter { if case .rest = $0.source { true } else { false } }
    guard rest.count <= 1 else {
      throw group[rest[1].split.rawValue]!.error("is 'rest', and so is splits.\(rest[0].split.rawValue)")
    }
    return rules
  }

  private mutating func splitSource(_ value: ManifestValue) throws -> SplitRule.Source {
    if case .scalar = value.node {
      guard try value.text() == "rest" else {
        throw value.unexpected("rest, or a group of the keys where, list, json")
      }
      return .rest
    }
    let group = try value.group(["where", "list", "id", "json", "key"])
    let (key, place) = try group.only(of: ["where", "list", "json"])
    if key != "list" { try group.refuse(["id"], "belongs to splits with a list") }
    if key != "json" { try group.refuse(["key"], "belongs to splits with json") }
    switch key {
    case "where": return .condition(try conditions(place, .patch))
    case "list":
      return .list(
        try Self.file(place), id: try group["id"].map { try Self.expression($0, needsGroup: true) })
    default: return .json(try Self.file(place), key: try group.required("key").text())
    }
  }

  private static func file(_ value: ManifestValue) throws -> String {
    let file = try value.text("the path of a file")
    try checkPath(file, value)
    return file
  }
}
