import Foundation
import SEN12MS

/// A case that is read by the program `fusionctl`, started as a process.
struct ProgramCase {
  private let folder: CaseFolder
  private let program: String
  private let place: URL
  /// Names of the patches in the data folder, two of each scene.
  private let patches: [String]
  /// Bytes of memory that the program takes without reading a file.
  private let baseline: Int

  init(_ folder: CaseFolder, program: String) throws {
    self.folder = folder
    self.program = program
    place = folder.out.appending(path: "data")
    try? FileManager.default.removeItem(at: place)
    try SyntheticDataSet.write(
      to: place, SyntheticOptions(scenes: 3, patchesPerScene: 2, size: 32, seed: 1, signal: .additive),
      threads: 1)
    let files = FileManager.default.enumerator(atPath: place.path)!.compactMap { $0 as? String }
    patches = files.filter { $0.contains("_s2_") && $0.hasSuffix(".tif") }.map {
      URL(filePath: $0).lastPathComponent
    }
    .sorted()
    baseline = try Self.run([program, "keys"], in: folder.out).memory
  }

  func run(_ index: Int) throws -> Verdict {
    let mutant = folder.mutant(index)
    let url = try folder.write(mutant)
    var verdict = Verdict(folder.kind, index, mutant)
    let ended = try Self.run(arguments(url), in: folder.out)
    verdict.status = ended.status
    verdict.accepted = ended.status == 0
    verdict.line = ended.errors
    verdict.seconds = ended.seconds
    verdict.megabytes = Double(max(0, ended.memory - baseline - mutant.bytes.count)) / 1e6
    verdict.judge()
    if ended.output
      != ended.output.split(separator: "\n", omittingEmptySubsequences: false).map(\.printable).joined(
        separator: "\n")
    {
      verdict.faults.append("control characters on standard output")
    }
    return verdict
  }

  /// Program and arguments of the command that reads the file.
  private func arguments(_ url: URL) throws -> [String] {
    let labels = folder.out.appending(path: "labels")
    func labelFolder() throws {
      try? FileManager.default.removeItem(at: labels)
      try FileManager.default.createDirectory(at: labels, withIntermediateDirectories: true)
      for (name, first) in [("train_list", 0), ("val_list", 2), ("test_list", 4)] {
        try "\(patches[first])\n\(patches[first + 1])\n".write(
          to: labels.appending(path: "\(name).txt"), atomically: true, encoding: .utf8)
      }
    }
    let common = [
      "--config", folder.out.appending(path: "c.yaml").path, "--data", place.path, "--labels", labels.path,
      "--quiet",
    ]
    let sensor = url.lastPathComponent.hasPrefix("s1") ? "s1" : "s2"
    try
      "threads: 1\nmodel: {architecture: resnet18, sensors: [\(sensor)]}\ndata: {validation: list, workers: 1}\ntraining: {batch_size: 2, optimizer: sgd, momentum: 0}\n"
      .write(to: folder.out.appending(path: "c.yaml"), atomically: true, encoding: .utf8)
    switch folder.kind {
    case .tiff:
      try labelFolder()
      let id = PatchID(patches[0])!
      let target = place.appending(path: id.relativePath(sensor == "s1" ? .s1 : .s2))
      try FileManager.default.removeItem(at: target)
      try FileManager.default.copyItem(at: url, to: target)
      return [program, "stats"] + common
    case .labels:
      try labelFolder()
      try FileManager.default.copyItem(at: url, to: labels.appending(path: "IGBP_probability_labels.pkl"))
      return [program, "train", "--dry-run", "--memory", "low"] + common
    case .list:
      try labelFolder()
      try FileManager.default.removeItem(at: labels.appending(path: "train_list.txt"))
      try FileManager.default.copyItem(at: url, to: labels.appending(path: "train_list.\(url.pathExtension)"))
      return [program, "train", "--dry-run", "--memory", "low"] + common
    case .safetensors, .checkpoint: return [program, "inspect", url.path, "--parameters"]
    case .configuration: return [program, "plan", "--config", url.path]
    }
  }

  private struct Ended {
    let status: Int32
    let output, errors: String
    let seconds: Double
    /// Bytes of memory at the highest.
    let memory: Int
  }

  private static func run(_ words: [String], in folder: URL) throws -> Ended {
    let output = folder.appending(path: "stdout").path
    let errors = folder.appending(path: "stderr").path
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    let begin = ContinuousClock.now
    var process: pid_t = 0
    guard posix_spawn(&process, words[0], &actions, nil, &arguments, environ) == 0 else {
      fatalError("cannot start \(words[0])")
    }
    var status: Int32 = 0
    var usage = rusage()
    while wait4(process, &status, WNOHANG, &usage) == 0 {
      if ContinuousClock.now - begin > .seconds(60) { kill(process, SIGKILL) }
      usleep(2000)
    }
    func text(_ path: String) -> String {
      String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
    let signal = status & 0x7F
    let lines = text(errors)
    return Ended(
      status: signal == 0 ? status >> 8 & 0xFF : -signal, output: text(output),
      errors: lines.hasSuffix("\n") ? String(lines.dropLast()) : lines,
      seconds: [usage.ru_utime, usage.ru_stime].reduce(0) {
        $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
      }, memory: 1024 * usage.ru_maxrss)
  }
}
