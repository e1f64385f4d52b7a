import ArgumentParser
import Basics
import Experiments
import Foundation
import Packs
import Presentation
import Training

extension PackCodec: ExpressibleByArgument {}
extension PackJob.Bands: ExpressibleByArgument {}

struct PackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Pack a data set into a few large files, or verify a pack.",
    discussion: """
      Cluster file systems are slow with many small files. A pack holds the samples as the files have them, with \
      labels and splits, in HDF5 files of a few GB. All commands take '--data PACK' as they take a data folder, with the \
      same results. Run again after an interruption, the command goes on where it \
      stopped. Several jobs may write a pack together: '--shards 3/8' writes the third part of eight, and the last job \
      to end completes it.
      """)

  @OptionGroup var experimentOptions: ExperimentOptions
  @OptionGroup var dataOptions: DataOptions

  @Option(name: .long, help: ArgumentHelp("The folder of the pack to write.", valueName: "pack"))
  var out: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How samples are stored: none, as they are; zstd, about a third smaller, for 0.7 ms of a core a patch.",
      valueName: "name"))
  var codec = PackCodec.none

  @Option(
    name: .long, help: ArgumentHelp("The most bytes of samples in a file: 512M, 4G.", valueName: "size"))
  var shardBytes = "4G"

  @Option(name: .long, help: ArgumentHelp("Decides the order of patches in a split.", valueName: "number"))
  var seed: UInt64 = 0

  @Option(
    name: .long,
    help: ArgumentHelp("all bands of all sensors, or used: those that the network reads.", valueName: "which")
  )
  var bands = PackJob.Bands.all

  @Flag(name: .long, help: "Pack patches of no split too.")
  var all = false

  @Option(
    name: .long, help: ArgumentHelp("Write only this part of the files: 3/8.", valueName: "i/n"))
  var shards: String?

  @Flag(name: .long, help: "Only complete a pack whose files have all been written.")
  var finish = false

  @Option(
    name: .long,
    help: ArgumentHelp("Read every byte of this pack against its checksums.", valueName: "pack"))
  var verify: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "With --verify: compare samples and labels with those of this data folder, too.", valueName: "folder"))
  var against: String?

  @Option(
    name: .long, help: ArgumentHelp("With --against: compare only so many patches.", valueName: "patches"))
  var sample: Int?

  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (out == nil) != (verify == nil) else {
      throw ValidationError("Give --out PACK to write a pack, or --verify PACK to check one")
    }
    if against != nil && verify == nil { throw ValidationError("--against needs --verify") }
    if sample != nil && against == nil { throw ValidationError("--sample needs --against") }
    if let sample, sample < 1 { throw ValidationError("--sample \(sample): expected at least 1") }
    if finish && shards != nil { throw ValidationError("--finish and --shards exclude each other") }
    if verify != nil && (finish || shards != nil || all) {
      throw ValidationError("--verify writes nothing: leave out --finish, --shards and --all")
    }
  }

  func run() throws {
    if let verify { return try check(verify) }
    let (job, threads) = try makeJob(data: dataOptions.data)
    for note in job.notes { output.progress.message("note: \(note)") }
    let options = PackOptions(codec: codec, shardBytes: try bytes(), seed: seed)
    let writer = try PackWriter(
      job.source, options, to: URL(filePath: out!), tool: "fusionctl \(ProgramVersion.current)")
    if finish {
      try writer.finish()
      return output.progress.message("wrote \(out!)/pack.json: the pack is complete")
    }
    let part = try self.part()
    output.progress.message(
      "packs \(counted(job.source.lists.reduce(0) { $0 + $1.patches.count }, "patch", plural: "patches")), "
        + "\(NumberText.bytes(writer.bytes)) of samples, into \(counted(writer.shards, "file")) of \(out!)")
    let outcome = try output.progress.during("packing", total: writer.patches(of: part)) {
      try writer.write(part, threads: threads, progress: $0)
    }
    output.progress.message(
      "wrote \(counted(outcome.written, "file"))"
        + (outcome.kept > 0 ? ", kept \(outcome.kept) that were there" : "")
        + (outcome.isComplete ? "; the pack is complete" : "; other parts are missing"))
    if outcome.isComplete {
      output.progress.message("next: fusionctl train --data \(ShellText.quoted(out!)) …")
    }
  }

  private func makeJob(data: String?) throws -> (PackJob, threads: Int) {
    let named = try DataPlaces.resolve(data: data, labels: dataOptions.labels)
    let experiment = try experimentOptions.experiment(
      default: nil, flags: threadOptions.overrides, data: named.data)
    let places = try named.fitting(experiment)
    places.note.map(output.progress.message)
    if let out {
      var inputs = CommandInputs()
      inputs.add(data: places.data, labels: places.labels, manifest: experiment.manifest)
      try inputs.refuse(folder: out, flag: "--out", isReplaced: false)
    }
    let threads = try experiment.threadCount
    let job = try PackJob(
      experiment, data: places.data, labels: places.labels, bands: bands, unlisted: all,
      passes: FilePasses(threads: threads, progress: output.progress))
    return (job, threads)
  }

  private func check(_ pack: String) throws {
    let folder = URL(filePath: pack)
    let threads = try Experiment.usableCores
    let record = try PackRecord(folder: pack)
    let sound = try output.progress.during("verifying files", total: record.shards, summary: false) {
      try PackVerification(of: folder, threads: threads, progress: $0)
    }
    try tell(sound.problems, of: sound.problemCount, pack)
    output.progress.message(
      "\(pack): all \(NumberText.grouped(sound.chunks)) chunks match their checksums "
        + "(\(NumberText.grouped(record.patches)) patches, \(NumberText.bytes(sound.bytes)))")
    guard let against else { return }
    let (job, _) = try makeJob(data: against)
    let total = min(sample ?? .max, record.patches)
    let comparison = try output.progress.during("comparing", total: total) {
      try PackComparison(
        Pack(contentsOf: folder, threads: threads), with: job.source, sample: sample, threads: threads,
        progress: $0)
    }
    try tell(comparison.problems, of: comparison.problemCount, pack)
    output.progress.message(
      "\(pack): \(NumberText.grouped(comparison.patches)) patches equal those of the data set")
  }

  /// Prints what is wrong, and ends the program with status 2 where there is anything.
  private func tell(_ problems: [String], of count: Int, _ pack: String) throws {
    guard count > 0 else { return }
    for problem in problems { Terminal.error(problem) }
    Terminal.error("\(pack): \(counted(count, "problem"))")
    throw ExitCode(2)
  }

  private func part() throws -> PackWriter.Part? {
    guard let shards else { return nil }
    let numbers = shards.split(separator: "/", omittingEmptySubsequences: false).map {
      BoundedNumber.whole(String($0), in: 1...1_000_000)
    }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1], number <= count else {
      throw InputError(
        .usage, "--shards \(shownName(shards))", "expected a part and the number of parts",
        remedy: "write for instance --shards 3/8")
    }
    return PackWriter.Part(number, of: count)
  }

  private func bytes() throws -> Int {
    guard let count = ByteCount(shardBytes), (1 << 16...1 << 40).contains(count.bytes) else {
      throw InputError(
        .usage, "--shard-bytes \(shownName(shardBytes))", "expected a size of 64K to 1T",
        remedy: "write for instance --shard-bytes 4G")
    }
    return count.bytes
  }
}
