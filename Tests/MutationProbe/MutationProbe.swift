import Basics
import Foundation

/// Damages files and reads them, one case after the other: `read` in this process, `program` by starting fusionctl.
///
///     MutationProbe bases FOLDER
///     MutationProbe read KIND BASES OUT SEED FIRST COUNT
///     MutationProbe program KIND BASES OUT SEED FIRST COUNT FUSIONCTL
///
/// `bases` writes undamaged files, in one folder for each kind. The other commands write a line of JSON for each
/// case to standard output. A case depends only on its kind, seed and number. `read` keeps the changed files that
/// were accepted in OUT/accepted. It announces each case on standard error, so that a case that ends the process is
/// known.
@main
struct MutationProbe {
  static func main() throws {
    let words = Array(CommandLine.arguments.dropFirst())
    func number(_ index: Int) -> Int { Int(words[index])! }
    func cases() throws -> CaseFolder {
      try CaseFolder(
        kind: FileSort(rawValue: words[1])!, bases: URL(filePath: words[2]), out: URL(filePath: words[3]),
        seed: UInt64(words[4])!)
    }
    switch words.first {
    case "bases": try BaseFiles.write(to: URL(filePath: words[1]))
    case "read":
      let folder = try cases()
      for index in number(5)..<number(5) + number(6) { try show(ReadCase.run(folder, index)) }
    case "program":
      let folder = try cases()
      let program = try ProgramCase(folder, program: words[7])
      for index in number(5)..<number(5) + number(6) { try show(program.run(index)) }
    default: fatalError("see the head of MutationProbe.swift")
    }
  }

  private static func show(_ verdict: Verdict) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try FileHandle.standardOutput.write(contentsOf: encoder.encode(verdict) + Data("\n".utf8))
  }
}

/// The kinds of files that a user gives to the program.
enum FileSort: String, CaseIterable, Codable, Sendable {
  case tiff, labels, list, safetensors, checkpoint, configuration

  /// The status with which the program refuses a damaged file.
  var refusal: Int32 { self == .configuration ? 64 : 2 }

  var number: UInt64 { UInt64(Self.allCases.firstIndex(of: self)!) }
}

/// The undamaged files of a kind, and the folder for changed files.
struct CaseFolder {
  let kind: FileSort
  let out: URL
  let seed: UInt64
  let bases: [(name: String, bytes: [UInt8])]

  init(kind: FileSort, bases: URL, out: URL, seed: UInt64) throws {
    self.kind = kind
    self.out = out
    self.seed = seed
    let folder = bases.appending(path: kind.rawValue)
    self.bases = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .map { ($0, try Array(Data(contentsOf: folder.appending(path: $0)))) }
    try FileManager.default.createDirectory(
      at: out.appending(path: "accepted"), withIntermediateDirectories: true)
  }

  /// A random undamaged file with a random change.
  func mutant(_ index: Int) -> Mutant {
    var random = RandomStream(seed: seed, path: kind.number, UInt64(index))
    let base = bases[random.integer(below: bases.count)]
    let other = bases[random.integer(below: bases.count)]
    var mutant = Mutant(base: base.name, bytes: base.bytes, random: random)
    switch kind {
    case .tiff: mutant.changeTIFF(other.bytes)
    case .labels: mutant.changePickle(other.bytes)
    case .list:
      if base.name.hasSuffix(".txt") {
        mutant.changeList(other.bytes)
      } else {
        mutant.changePickle(other.bytes)
      }
    case .safetensors: mutant.changeSafetensors(other.bytes)
    case .checkpoint: mutant.changeCheckpoint(other.bytes)
    case .configuration: mutant.changeConfiguration(other.bytes)
    }
    mutant.isUnchanged = mutant.bytes == base.bytes
    return mutant
  }

  /// Writes a changed file to the folder for changed files, under the name of its base.
  func write(_ mutant: Mutant) throws -> URL {
    let url = out.appending(path: mutant.base)
    try? FileManager.default.removeItem(at: url)
    if mutant.isResealed {
      try Reseal.write(mutant.bytes, to: url.path)
    } else {
      try Data(mutant.bytes).write(to: url)
    }
    return url
  }

  func keep(_ url: URL, _ index: Int) throws -> String {
    let name = "\(kind.rawValue)-\(index)-\(url.lastPathComponent)"
    let kept = out.appending(path: "accepted/\(name)")
    try? FileManager.default.removeItem(at: kept)
    try FileManager.default.moveItem(at: url, to: kept)
    return name
  }
}
