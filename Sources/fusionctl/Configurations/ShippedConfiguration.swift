import Basics
import Experiments
import Foundation

/// A configuration of `configs/` that is built into the program: `--config middle`, `--config demo/s2`.
struct ShippedConfiguration {
  /// Its path in `configs/` without extension.
  let name: String
  let text: String

  private init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    text = String(decoding: bytes, as: UTF8.self)
  }

  static let all: [ShippedConfiguration] = [
    .init("s1", PackageResources.s1_yaml), .init("s2", PackageResources.s2_yaml),
    .init("early", PackageResources.early_yaml), .init("middle", PackageResources.middle_yaml),
    .init("late", PackageResources.late_yaml),
    .init("quick", PackageResources.quick_yaml), .init("own", PackageResources.own_yaml),
    .init("eurosat", PackageResources.eurosat_yaml),
    .init("paper/s1", PackageResources.paper_s1_yaml), .init("paper/s2", PackageResources.paper_s2_yaml),
    .init("paper/early", PackageResources.paper_early_yaml),
    .init("paper/middle", PackageResources.paper_middle_yaml),
    .init("paper/late", PackageResources.paper_late_yaml),
    .init("demo/s1", PackageResources.demo_s1_yaml), .init("demo/s2", PackageResources.demo_s2_yaml),
    .init("demo/early", PackageResources.demo_early_yaml),
    .init("demo/middle", PackageResources.demo_middle_yaml),
    .init("demo/late", PackageResources.demo_late_yaml),
  ]

  /// The shipped configuration that `--config` names; nil for a file. A file with the name of a shipped configuration
  /// takes precedence, a folder does not.
  /// - Throws: `InputError` (usage) where there is neither.
  static func named(_ argument: String) throws -> ShippedConfiguration? {
    let state = PathState.of(argument)
    let shipped = all.first { $0.name == argument }
    switch state {
    case .present(.folder): return shipped
    case .present, .dangling, .unreachable: return nil
    case .absent:
      if let shipped { return shipped }
      let names = all.map(\.name)
      let near = Spelling.nearest(to: argument, among: names).map { "did you mean '\($0)'? " } ?? ""
      throw InputError(
        .usage, "--config \(argument)", "there is no such file",
        remedy: "\(near)shipped ones: \(overview)")
    }
  }

  /// Names of the configurations outside of folders, and names of the folders: "s1, s2, demo/…".
  private static var overview: String {
    let entries = all.map { shipped in
      shipped.name.firstIndex(of: "/").map { shipped.name[...$0] + "…" } ?? shipped.name
    }
    return entries.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }.joined(separator: ", ")
  }
}
