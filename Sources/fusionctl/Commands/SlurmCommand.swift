import ArgumentParser
import Basics
import Experiments
import Foundation
import Presentation
import Training

struct SlurmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slurm",
    abstract: "Print a job script that trains on a Slurm cluster and requeues itself until the run is done.",
    discussion: """
      The memory is what 'plan' predicts for the processes of a node, and some room; so is the time on CPUs, where the \
      number of patches is known. With --gres gpu:1 the job trains on a GPU, and on the CPUs of its node where the GPU \
      cannot be used; with device cuda it ends there instead. The script needs no other script: keep it, change the block on top of it, submit it with \
      sbatch. docs/cluster.md says what it does.
      """)

  @OptionGroup var experimentOptions: ExperimentOptions

  @Option(name: .long, help: "Nodes of the job.")
  var nodes = 1

  @Option(
    name: .long,
    help: ArgumentHelp(
      """
      Time limit as Slurm reads it, e.g. 12:00:00 or 2-00:00:00 (default: the predicted time and half as much again, \
      at most two days; needs the number of patches).
      """, valueName: "time"))
  var time: String?

  @Option(name: .long, help: "Partition (default: the cluster's).")
  var partition: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Generic resources; gpu:1 trains on a GPU, in one process.", valueName: "list"))
  var gres: String?

  @Option(name: .long, help: ArgumentHelp("Processes on each node.", valueName: "ranks"))
  var ranksPerNode = 1

  @Option(name: .long, help: ArgumentHelp("CPUs, and threads, of each process.", valueName: "cpus"))
  var cpusPerTask = 8

  @Option(name: .long, help: ArgumentHelp("What starts the processes: srun or mpirun.", valueName: "name"))
  var launcher = Launcher.srun

  @Option(name: .long, help: ArgumentHelp("The data folder on the cluster.", valueName: "folder"))
  var data: String?

  @Option(
    name: .long,
    help: ArgumentHelp("SEN12MS: the folder with split lists and label fractions.", valueName: "folder"))
  var labels: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The run folder (default: runs/ and the experiment's name).", valueName: "run"))
  var out: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Numbers of training and validation patches, for the time if --data is not on this machine: 108912,53643.",
      valueName: "numbers"))
  var patches: String?

  @Option(
    name: .long, help: ArgumentHelp("Height and width of the patches: 64, or 48x40.", valueName: "pixels"))
  var size = PatchSize(256)

  enum Launcher: String, ExpressibleByArgument { case srun, mpirun }

  func validate() throws {
    for (flag, value, range) in [
      ("--nodes", nodes, 1...65536), ("--ranks-per-node", ranksPerNode, 1...1024),
      ("--cpus-per-task", cpusPerTask, 1...1024),
    ] where !range.contains(value) {
      throw ValidationError("\(flag) \(value): expected \(range.lowerBound) to \(range.upperBound)")
    }
    try size.requireSides()
    for (flag, value) in [("--partition", partition), ("--gres", gres)] {
      guard let value else { continue }
      guard !value.isEmpty, ShellText.quoted(value) == value else {
        throw ValidationError("\(flag) '\(value)': expected letters, digits and _-./=,:+")
      }
    }
  }

  func run() throws {
    let asked = try time.map { try TimeLimit($0) }
    let isHere = data.map { PathState.of($0) == .present(.folder) } ?? false
    let experiment = try experimentOptions.experiment(data: isHere ? data : nil)
    let resources = GenericResources(gres)
    let device = try JobDevice(experiment.deviceChoice, resources, ranks: nodes * ranksPerNode)
    let memory = try JobMemory(
      experiment, size: size, nodes: nodes, ranksPerNode: ranksPerNode, threads: cpusPerTask,
      on: device)
    let prediction =
      device == .cpus
      ? try counts(of: experiment).flatMap { try JobTime(memory.plan, $0, ranks: nodes * ranksPerNode) } : nil
    guard let time = try asked ?? prediction?.limit else { throw device.unknownTime }
    var script = JobScript(
      device == .cpus ? .cpu : .gpu,
      origin: "Made by: \(Startup.commandLine)"
        .split(whereSeparator: \.isNewline).joined(separator: " "))
    script.setDirective("job-name", Self.jobName(experiment.name))
    script.setDirective("nodes", "\(nodes)")
    script.setDirective("ntasks-per-node", "\(ranksPerNode)")
    script.setDirective("cpus-per-task", "\(cpusPerTask)")
    script.setDirective("mem", "\(memory.gigabytesANode)G")
    script.setDirective("time", time.text)
    script.setDirective("signal", "B:USR1@\(time.warning)")
    script.setDirective("partition", partition)
    script.setDirective("gres", gres)
    script.setVariable("program", Startup.program)
    let config = experimentOptions.config!
    if try ShippedConfiguration.named(config) != nil {
      script.setShippedConfiguration(config)
    } else {
      script.setVariable("config", Self.absolute(config))
    }
    if let data { script.setVariable("data", Self.absolute(data)) }
    if let labels {
      script.setVariable("labels", Self.absolute(labels))
    } else if try needsNoLabels(experiment) {
      script.setVariable("labels", "")
    }
    script.setVariable("out", Self.absolute(out ?? "runs/\(experiment.name)"))
    if !experimentOptions.settings.isEmpty {
      script.setVariable("flags", experimentOptions.settings.flatMap { ["--set", $0] })
    }
    script.setVariable("launcher", launcher.rawValue)
    Terminal.result(script.text, exact: true)
    let notes = prediction?.notes(time, isProposed: asked == nil) ?? []
    for note in [memory.note] + notes + device.notes(resources) { Terminal.error(note) }
  }

  /// Numbers of patches; nil where the data are not on this machine and `--patches` is not given.
  private func counts(of experiment: Experiment) throws -> PatchCounts? {
    if let patches { return try PatchCounts(patches, experiment) }
    guard let data, PathState.of(data) == .present(.folder),
      try labels.map({ PathState.of($0) == .present(.folder) }) ?? needsNoLabels(experiment)
    else { return nil }
    let places = try DataPlaces.resolve(data: data, labels: labels, environment: [:]).fitting(experiment)
    return try PatchCounts(experiment, data: places.data, labels: places.labels)
  }

  /// Whether the job needs no label folder. Data that are not on this machine are taken for a folder of files.
  private func needsNoLabels(_ experiment: Experiment) throws -> Bool {
    guard experiment.takesLabelFolder else { return true }
    guard let data, PathState.of(data) == .present(.folder) else { return false }
    return try experiment.labelFolder(beside: data) != .needed
  }

  /// A name that Slurm takes.
  private static func jobName(_ name: String) -> String {
    let plain = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) ? $0 : "-" }
    return plain.isEmpty ? "fusionctl" : String(plain)
  }

  private static func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }
}
