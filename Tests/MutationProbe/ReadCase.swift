import Basics
import Checkpoints
import Experiments
import Foundation
import SEN12MS

/// A case that is read inside this process.
enum ReadCase {
  /// Processor seconds of this process, which do not depend on other processes.
  private static var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  static func run(_ folder: CaseFolder, _ index: Int) throws -> Verdict {
    let mutant = folder.mutant(index)
    let url = try folder.write(mutant)
    var verdict = Verdict(folder.kind, index, mutant)
    try FileHandle.standardError.write(
      contentsOf: Data("case \(index): \(mutant.base), \(mutant.change)\n".utf8))
    let peak = PeakMemory()
    let begin = Self.processorSeconds
    alarm(60)
    do {
      verdict.digest = try FileValues.digest(folder.kind, url)
      verdict.accepted = true
    } catch let error as InputError {
      verdict.line = error.description
      verdict.status = error.kind.exitStatus
    } catch {
      verdict.line = "\(error)"
      verdict.faults.append("another error than InputError")
    }
    alarm(0)
    verdict.seconds = Self.processorSeconds - begin
    verdict.megabytes = Double(max(0, peak.growth - mutant.bytes.count)) / 1e6
    verdict.judge()
    if verdict.accepted { verdict.kept = try folder.keep(url, index) }
    return verdict
  }
}

/// The values of a file as a digest, which an independent reader can compute too.
enum FileValues {
  static func digest(_ kind: FileSort, _ url: URL) throws -> String {
    switch kind {
    case .tiff: try PatchValues.digest(url)
    case .labels: try labels(url)
    case .list: try list(url)
    case .safetensors: try safetensors(url)
    case .checkpoint: try checkpoint(url)
    case .configuration: try Experiment(contentsOf: url.path).yaml
    }
  }

  private static func labels(_ url: URL) throws -> String {
    let table = try LabelTable(contentsOf: url)
    var digest = ValueDigest()
    let named = table.patches.map { ($0.description, table[$0]!.values) }
    for (name, values) in named.sorted(by: { $0.0 < $1.0 }) {
      digest.update(name)
      for value in values { digest.update(value.bitPattern) }
    }
    return digest.text
  }

  private static func list(_ url: URL) throws -> String {
    var digest = ValueDigest()
    for patch in try SplitList(contentsOf: url).patches { digest.update("\(patch)\n") }
    return digest.text
  }

  private static func safetensors(_ url: URL) throws -> String {
    let file = try SafetensorsFile(path: url.path)
    var digest = ValueDigest()
    for info in file.tensors.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      digest.update("\(info.name) \(info.shape)")
      digest.update(try file.tensor(info.name).values)
    }
    for counter in file.counters.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      digest.update(counter.name)
      digest.update(counter.value)
    }
    for (key, value) in file.metadata.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      digest.update("\(key)=\(value)")
    }
    return digest.text
  }

  private static func checkpoint(_ url: URL) throws -> String {
    let file = try CheckpointFile(path: url.path)
    let contents = file.contents
    var digest = ValueDigest()
    func add(_ section: CheckpointSection, _ tensors: [TensorInfo]) throws {
      for info in tensors.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
        digest.update("\(info.name) \(info.shape)")
        digest.update(try file.tensor(info.name, from: section).values)
      }
    }
    try add(.parameters, contents.parameters)
    try add(.buffers, contents.buffers)
    for counter in contents.counters.sorted(by: { $0.name < $1.name }) {
      digest.update(counter.name)
      digest.update(counter.value)
    }
    for slot in contents.optimizer?.slots ?? [] { try add(.optimizerSlot(slot.name), slot.tensors) }
    let progress = contents.progress
    digest.update(
      "\(progress.epoch) \(progress.stepInEpoch) \(progress.globalStep) \(progress.position) \(progress.seed)"
    )
    digest.update(contents.experiment)
    digest.update(contents.history)
    for (key, value) in contents.metadata.sorted(by: { $0.key < $1.key }) { digest.update("\(key)=\(value)") }
    return digest.text
  }
}
