import Foundation
import TestSupport
import Testing

@testable import fusionctl

/// Help, the man page, completions, colours, and what is said of options that there are not.
@Suite struct HelpTests {
  private static let commands = [
    "train", "validate", "test", "compare", "plan", "bench", "stats", "synth", "keys", "inspect", "export",
    "import", "doctor", "slurm",
  ]

  private func help(_ command: [String], isShort: Bool) -> String {
    HelpPage(choice: CommandChoice(command), isShort: isShort).text(.plain)
  }

  @Test func everyHelpFitsTheTerminal() {
    for command in [[]] + CommandTree.root.commands.map({ [$0.commandName] }) {
      let (whole, short) = (help(command, isShort: false), help(command, isShort: true))
      for text in [whole, short] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 80 && !$0.hasSuffix(" ") }, "\(command)")
        #expect(text.contains("USAGE: fusionctl"))
      }
      #expect(whole.contains("--color <when>"), "\(command)")
    }
    let short = help(["train"], isShort: true)
    #expect(short.contains("  --config <file> ") && short.contains("  --epochs <epochs> "))
    #expect(!short.contains("--oversubscribe") && short.contains("'fusionctl train --help' has everything"))
    #expect(short.split(separator: "\n").count { $0.hasPrefix("  --") } == 10)
  }

  @Test func helpIsAskedForInThreeWays() throws {
    let whole = try TrainedRun.succeed("train", "--help")
    #expect(whole.contains("--oversubscribe"))
    #expect(try TrainedRun.succeed("help", "train") == whole)
    #expect(try TrainedRun.succeed("--color", "never", "train", "-h").contains("'fusionctl train --help'"))
    #expect(try refusal(["help", "trian"]).status == 64)
  }

  /// What `-h` and usage lines show is there, and -h shows at most ten options.
  @Test func mainOptionsExist() {
    for (command, names) in MainOptions.required.merging(MainOptions.short, uniquingKeysWith: +) {
      let arguments = CommandTree.root.subcommand(command)?.arguments ?? []
      let known = arguments.flatMap { ($0.names ?? []).map(\.text) + [$0.label] }
      for name in names { #expect(known.contains(name), "\(command) \(name)") }
    }
    #expect(MainOptions.short.values.allSatisfy { $0.count <= 10 })
  }

  /// What cannot be left out stands without brackets.
  @Test(arguments: [
    ("train", "--config <file> --data <folder> --labels <folder> --out <run> [options]"),
    ("plan", "--config <file> [options]"), ("slurm", "--config <file>"),
    ("stats", "--config <file> --data <folder> --labels <folder>"),
    ("test", "<run> [options]"), ("synth", "--out <folder> [options]"),
  ])
  func usageShowsWhatIsNeeded(command: String, needed: String) {
    let usage = HelpPage.usage(of: CommandChoice([command]))
    #expect(usage.hasPrefix("fusionctl \(command) \(needed)"), "\(usage)")
  }

  @Test(arguments: [
    (
      ["train", "--lr", "0.1"],
      "--lr: there is no such option; the learning rate is --set training.learning_rate=0.001"
    ),
    (["train", "--batch", "3"], "--batch: there is no such option; the batch size is --batch-size"),
    (["plan", "--wd", "0"], "the weight decay is --set training.weight_decay="),
    (
      ["plan", "--gpu"], "--device cuda computes on a GPU, cpu on the CPU, and auto on the GPU where it works"
    ),
    (["train", "--check", "3"], "did you mean '--checkpoint-every'?"),
    (["plan", "--layer"], "did you mean '--layers'?"),
    (["plan", "--zzzzzz"], "fusionctl: --zzzzzz: there is no such option"),
    (["plan", "--color", "blue"], "The value 'blue' is invalid for '--color <when>'"),
    (["--color", "never", "trian"], "trian: there is no such command; did you mean 'train'?"),
  ])
  func optionsOfOtherPrograms(arguments: [String], message: String) throws {
    let refused = try refusal(arguments)
    #expect(refused.status == 64 && refused.lines[0].hasPrefix("fusionctl: "))
    #expect(refused.lines[0].contains(message), "\(refused.lines)")
  }

  @Test func severalSettingsAfterOneFlag() throws {
    let plan = ["plan", "--config", "demo/s2", "--json", "--size", "32"]
    let set = ["model.architecture=resnet18", "training.batch_size=3"]
    let together = try JSON(data: Data(TrainedRun.succeed(plan + ["--set"] + set).utf8))
    let apart = try JSON(data: Data(TrainedRun.succeed(plan + ["--set", set[0], "--set", set[1]]).utf8))
    #expect(together.parameters.double == apart.parameters.double && together.parameters.double != nil)
    #expect(try refusal(plan + ["--set"]).status == 64)
  }

  @Test func colourGoesByFlagAndEnvironment() throws {
    func keys(_ before: [String], _ after: [String], _ environment: [String: String]) throws -> Bool {
      try BuiltProgram.run(before + ["keys", "lr"] + after, environment: environment).output.contains(
        "\u{1B}[")
    }
    #expect(try !keys([], [], [:]))
    #expect(try keys(["--color", "always"], [], [:]) && keys([], ["--color=always"], ["NO_COLOR": "1"]))
    #expect(
      try keys([], [], ["CLICOLOR_FORCE": "1"]) && !keys([], ["--color", "never"], ["CLICOLOR_FORCE": "1"]))
    let refused = try BuiltProgram.run(["plan", "--color", "always"])
    #expect(refused.errors.hasPrefix("\u{1B}[31mfusionctl:\u{1B}[0m --config: "))
  }

  @Test func aPlainLocaleGetsASCII() throws {
    let ascii = try BuiltProgram.run(["doctor", "--only", "open-files"], environment: ["LC_ALL": "C"])
    #expect(ascii.output.utf8.allSatisfy { $0 < 128 } && ascii.output.contains("open-files"))
    #expect(try BuiltProgram.run(["doctor", "--only", "open-files"]).output.contains("✓"))
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func completions(shell: String) throws {
    let script = try TrainedRun.succeed("--generate-completion-script", shell)
    #expect(script.contains("batch-size") && script.contains("slurm"))
    let path = ["/bin/\(shell)", "/usr/bin/\(shell)"].first(where: FileManager.default.isExecutableFile)
    guard let path else { return }
    let scratch = try ScratchFolder()
    try script.write(to: scratch.file("script"), atomically: true, encoding: .utf8)
    let check = try ShellRun.run("\(path) -n '\(scratch.file("script").path)'")
    #expect(check.status == 0, "\(check.errors)")
  }

  @Test func manPage() throws {
    let page = try TrainedRun.succeed("--generate-man-page")
    #expect(page.hasPrefix(".TH FUSIONCTL 1 "))
    for command in Self.commands { #expect(page.contains("\n.SS fusionctl \(command)"), "\(command)") }
    #expect(page.contains("\n.B \\-\\-batch\\-size <patches>\n"))
    let scratch = try ScratchFolder()
    try page.write(to: scratch.file("fusionctl.1"), atomically: true, encoding: .utf8)
    let file = scratch.file("fusionctl.1").path
    let shown = try ShellRun.run(
      "type groff >/dev/null 2>&1 || exit 77; groff -man -Tutf8 -ww -K utf8 -P-cbou '\(file)'")
    guard shown.status != 77 else { return }
    #expect(shown.status == 0 && shown.errors.isEmpty, "\(shown.errors)")
    #expect(shown.output.contains("SYNOPSIS") && shown.output.contains("batch"))
  }
}
