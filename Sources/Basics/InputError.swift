/// Wrong input from outside the program: a file, a flag, a checkpoint, the machine.
///
/// The command line prints `description` as one line and exits with `kind.exitStatus`.
package struct InputError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What sort of input was wrong; decides the exit status.
  package enum Kind: Sendable, Equatable {
    /// A flag or a configuration value.
    case usage
    /// A data file, a list, a label table.
    case data
    /// A checkpoint or another weight file.
    case checkpoint
    /// The machine or the file system: permissions, space, missing devices, a folder in use.
    case environment
    /// The computation gave a number that is not finite.
    case numerics
    /// A GPU that has stopped computing while the program ran: an uncorrectable memory error, a fault, a lost connection.
    case lostDevice

    /// The process exit status: 64 usage, 2 bad data or damaged file, 76 a lost device (job scripts then
    /// requeue the job), 1 anything else.
    package var exitStatus: Int32 {
      switch self {
      case .usage: 64
      case .data, .checkpoint: 2
      case .environment, .numerics: 1
      case .lostDevice: 76
      }
    }
  }

  package let kind: Kind
  /// The file, flag or key that is wrong.
  package let subject: String
  /// What was expected and what was found.
  package let problem: String
  /// What to do next.
  package let remedy: String?

  package init(_ kind: Kind, _ subject: String, _ problem: String, remedy: String? = nil) {
    self.kind = kind
    self.subject = subject
    self.problem = problem
    self.remedy = remedy
  }

  /// One printable line of at most about 1,900 characters: "subject: problem; remedy".
  package var description: String {
    let line =
      "\(subject.cut(to: 600)): \(problem.cut(to: 800))" + (remedy.map { "; \($0.cut(to: 500))" } ?? "")
    return line.printable
  }
}
