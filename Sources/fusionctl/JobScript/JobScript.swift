import Foundation
import Presentation

/// A job script: one of `scripts/slurm` with the values of this job in its "change these" block. The script that it
/// sources is copied into it, so that it needs no other script.
struct JobScript {
  /// The script that is the template.
  enum Template {
    case cpu, gpu

    fileprivate var bytes: [UInt8] {
      switch self {
      case .cpu: PackageResources.train_cpu_sbatch
      case .gpu: PackageResources.train_gpu_sbatch
      }
    }
  }

  private var lines: [String]

  var text: String { lines.joined(separator: "\n") }

  /// - Parameter origin: the command line that made the script, for a comment in it.
  init(_ template: Template, origin: String) {
    lines = Self.lines(template.bytes)
    // The script needs no file of the repository.
    remove("repository=")
    lines[index("#   sbatch ")] = "# \(origin)"
    remove("shared=")
    remove(#"[ -r "$shared" ]"#)
    let source = index(#"source "$shared""#)
    lines.replaceSubrange(source...source, with: Self.lines(PackageResources.job_sh))
  }

  /// Sets an `#SBATCH` line; nil comments it out.
  /// - Parameter value: the value, which must have no spaces or quotes.
  mutating func setDirective(_ name: String, _ value: String?) {
    let start = "#SBATCH --\(name)="
    let index = lines.firstIndex { $0.hasPrefix(start) } ?? index("#" + start)
    lines[index] = value.map { start + $0 } ?? "##SBATCH --\(name)="
  }

  /// Sets a variable of the block to one word.
  mutating func setVariable(_ name: String, _ value: String) {
    lines[index("\(name)=")] = "\(name)=\(ShellText.quoted(value))"
  }

  /// Sets an array of the block.
  mutating func setVariable(_ name: String, _ values: [String]) {
    lines[index("\(name)=")] = "\(name)=(\(values.map(ShellText.quoted).joined(separator: " ")))"
  }

  /// Sets a shipped configuration. The script then does not check that `config` is an existing file.
  mutating func setShippedConfiguration(_ name: String) {
    setVariable("config", name)
    let needs = index("needs config ")
    lines[needs] = lines[needs].replacing("needs config ", with: "needs ")
  }

  private mutating func remove(_ start: String) { lines.remove(at: index(start)) }

  private func index(_ start: String) -> Int {
    guard let index = lines.firstIndex(where: { $0.hasPrefix(start) }) else {
      preconditionFailure("the job script has no line '\(start)'")
    }
    return index
  }

  private static func lines(_ bytes: [UInt8]) -> [String] {
    var lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n")
    while lines.last == "" { lines.removeLast() }
    return lines
  }
}
