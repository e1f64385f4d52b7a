import Foundation
import TestSupport
import Testing

@testable import Basics
@testable import Experiments

/// Configurations that would take very long, or very much memory, to read. Each is refused at once, in one printable
/// line.
@Suite struct HostileConfigurationTests {
  private func complaint(_ yaml: String, _ settings: [Experiment.Override] = []) throws -> String {
    let error = try #require(throws: InputError.self) {
      _ = try Experiment(yaml: yaml, source: "c.yaml", overrides: settings)
    }
    #expect(error.kind == .usage)
    #expect(error.description == error.description.printable)
    #expect(error.description.count < 2000)
    return error.description
  }

  /// 40 lists of two aliases to the list before, then a line that uses the last list.
  private func doubling(_ use: String) -> String {
    var lines = ["a0: &a0 [x, x]"]
    for level in 1...40 { lines.append("a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]") }
    return (lines + [use]).joined(separator: "\n")
  }

  @Test(arguments: [
    "*a40: 1", "? *a40\n: 1", "? [*a40]\n: 1", "name: {*a40: 1}", "? {x: *a40}\n: 1", "name: [*a40:1]",
  ])
  func aliasesThatDoubleInAKey(_ use: String) throws {
    let line = try complaint(doubling(use))
    #expect(line.contains("a key must be a word") || line.contains("is no name of an alias"), "\(line)")
  }

  @Test func aliasesThatDoubleInAValue() throws {
    #expect(try complaint(doubling("name: *a40")).hasPrefix("c.yaml:1: unknown key 'a0'"))
    let setting = try Experiment.Override(setting: "name=[&a [x, x], &b [*a, *a], {*b: 1}]")
    #expect(try complaint("threads: 1", [setting]).contains("a key must be a word"))
  }

  @Test func anAliasOfAValueIsRead() throws {
    let experiment = try Experiment(
      yaml:
        "training: {batch_size: &size 7} # **note**: 4*4 patches *each*\nevaluation:\n  batch_size: *size\n")
    #expect(experiment.evaluation.batchSize == 7)
    #expect(try Experiment(yaml: "name: '*.tif'").name == "*.tif")
  }

  @Test func textsThatAreTooLarge() throws {
    let many = (0..<100_000).map { "key\($0): 1" }.joined(separator: "\n")
    #expect(try complaint(many).hasPrefix("c.yaml: the configuration has more than 256 KB"))
    #expect(try complaint(String(many.prefix(250_000))).contains("too many lines"))
    #expect(try complaint("name: " + String(repeating: "[", count: 300)).contains("brackets"))
    #expect(try complaint(String(repeating: "- ", count: 5000)).hasPrefix("c.yaml:1: not valid YAML"))
    let deep = String(repeating: "{", count: 100) + "[" + String(repeating: "a,", count: 7000) + "]"
    #expect(try complaint(deep + String(repeating: "}", count: 100)).contains("a key must be a word"))
  }

  @Test func longAndUnprintableWordsAreCut() throws {
    let long = String(repeating: "w", count: 200_000)
    #expect(try complaint("\(long): 1").count < 1000)
    #expect(try complaint("threads: \(long)").count < 300)
    #expect(try complaint("model: {sensors: [\(long)]}").count < 400)
    #expect(try complaint("\(long): 1\n\(long): 2").count < 300)
    #expect(try complaint("\"\\e[31mred\": 1").contains("'\\x1b[31mred'"))
    let twice = (0..<50).map { "key\($0): 1\nkey\($0): 2" }.joined(separator: "\n")
    #expect(try complaint(twice).contains("and 47 more are given more than once"))
  }

  @Test func filesAreReadToTheLimitOnly() throws {
    let scratch = try ScratchFolder()
    try Data(repeating: UInt8(ascii: "#"), count: 3 << 20).write(to: scratch.file("large.yaml"))
    let error = try #require(throws: InputError.self) {
      try Experiment(contentsOf: scratch.file("large.yaml").path)
    }
    #expect(error.problem == "the configuration has more than 256 KB of text")
    #expect(try #require(throws: InputError.self) { try Experiment(contentsOf: "/dev/zero") }.kind == .usage)
    let folder = try #require(throws: InputError.self) { try Experiment(contentsOf: scratch.path) }
    #expect(folder.problem == "the configuration is a folder, not a file")
  }
}
