import Experiments
import Foundation
import TestSupport
import Testing

/// The README and the page of first steps keep their promises: commands run, keys exist, links lead somewhere.
@Suite struct ReadmeTests {
  /// Commands that are not run here, and why.
  private static let exceptions = [
    "scripts/demo.sh": "installs packages, builds, and trains for minutes",
    "scripts/test.sh": "builds, and runs these tests",
  ]

  /// Makes every command small: the same words, and as little work as there can be.
  private static let small = """
    #!/bin/bash
    case $1 in
      synth) set -- "$@" --scenes 5 --patches-per-scene 2 --quiet ;;
      train) set -- "$@" --threads 1 --quiet --set model.architecture=resnet18 training.epochs=1 \
        training.batch_size=8 data.workers=1 ;;
      test) set -- "$@" --threads 1 ;;
      plan | slurm) set -- "$@" --set model.architecture=resnet18 ;;
    esac
    exec "$program" "$@"

    """

  private let text: String

  init() throws {
    text = try ["README.md", "docs/start.md"].map {
      try String(contentsOf: TrainedRun.repository.appending(path: $0), encoding: .utf8)
    }.joined()
  }

  /// In docs/commands.md, a command whose row promises "options below" has a paragraph that begins with its name.
  @Test func promisedOptionsAreThere() throws {
    let page = try String(
      contentsOf: TrainedRun.repository.appending(path: "docs/commands.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains("options below") }
    #expect(rows.count >= 3)
    for row in rows {
      let name = try #require(row.firstMatch(of: /`([a-z]+)`/)).1
      #expect(page.contains("\n**`\(name)`"), "\(name)")
    }
  }

  /// Lines of the blocks of shell commands.
  private var commands: [String] {
    text.components(separatedBy: "```sh\n").dropFirst().flatMap { block in
      block.components(separatedBy: "```")[0].split(separator: "\n").map(String.init)
    }
  }

  @Test func everyCommandRuns() throws {
    let isException = { (line: String) in Self.exceptions.keys.contains { line.hasPrefix($0) } }
    #expect(commands.count(where: isException) == Self.exceptions.count && commands.count > 15)
    let lines = commands.filter { !isException($0) }.map { line in
      let here = line.replacing("DATA", with: "sample/data").replacing(
        "LABELS", with: "sample/data/labels_splits"
      ).replacing("FOLDER", with: "fields")
      return "{ \(here)\n} >>log 2>&1 || { cat log; echo 'failed: \(line)'; exit 1; }"
    }
    let script = """
      mkdir bin && cat >bin/fusionctl <<'END' && chmod +x bin/fusionctl && PATH=$PWD/bin:$PATH
      \(Self.small)END
      cp -r '\(Fixtures.url("DataSets/own-folder").path)' fields && rm fields/dataset.yaml
      # Its validation patch is from a region of its own, and none of its samples is missing.
      sed -i 's/settlement,north,val/settlement,east,val/' fields/labels.csv
      \(lines.joined(separator: "\n"))
      """
    let result = try ShellRun.run(script)
    #expect(result.status == 0, "\(result.output)\(result.errors)")
  }

  @Test func everyKeyExists() throws {
    let settings = text.matches(of: /--set ((?:[a-z_.]+=[^\s`]+ ?)+)/).flatMap {
      $0.output.1.split(separator: " ")
    }
    #expect(settings.count > 10)
    for setting in settings where setting.hasPrefix("key=") == false {
      #expect(throws: Never.self, "\(setting)") {
        try Experiment(yaml: nil, overrides: [.init(setting: String(setting))])
      }
    }
  }

  @Test func everyPageIsThere() throws {
    let folder = TrainedRun.repository
    let pages = text.matches(of: /\]\((docs\/[a-z]+\.md)/).map { String($0.output.1) }
    #expect(pages.count > 8)
    for page in pages {
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: page).path), "\(page)")
    }
  }
}
