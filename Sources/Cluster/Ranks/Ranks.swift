import Basics
import Foundation
import Synchronization

/// The processes of this run, from their start to their end. A process started by a shell is a run of one rank.
package final class Ranks: Sendable {
  package let communicator: any Communicator
  /// What started the processes.
  package let launcher: Launcher
  /// The host of each rank, in the order of ranks.
  package let hosts: [String]
  private let cores: [RankCores]
  private let members: any RankMembers

  /// Runs `body` on every rank of the launch and leaves together with the others.
  ///
  /// An error of `body` on one of several ranks is printed with the rank's number and host, and ends all ranks. An error
  /// that all ranks agreed on (`agree`, `requireSame`, `requireCores`) is thrown.
  /// - Throws: what `body` throws in a process that works alone; `AgreedError`; `InputError` (environment) for
  ///   a wrong launch.
  package static func run<Result>(_ body: (Ranks) throws -> Result) throws -> Result {
    let ranks = try Launch.start()
    guard ranks.size > 1 else { return try body(ranks) }
    do {
      let result = try body(ranks)
      ranks.members.leave()
      return result
    } catch let error as AgreedError {
      // Printed before any rank leaves: a launcher may end the others as soon as one has left.
      if ranks.isFirst { ErrorLine.write(error.line) }
      ranks.members.leave()
      throw error
    } catch {
      ErrorLine.write("\(ranks.name(ranks.rank)): \(error)")
      ranks.communicator.abort(status: error.exitStatus)
    }
  }

  /// A process that works alone, however it was started.
  package static let alone = Ranks(Alone(), .plain)

  init(_ members: any RankMembers, _ launcher: Launcher) {
    self.members = members
    self.launcher = launcher
    communicator = members.communicator
    cores = RankCores.gather(communicator)
    hosts = members.hosts
    if size > 1 { CoreShares(cores).take(rank) }
  }

  package var rank: Int { communicator.rank }
  package var size: Int { communicator.size }
  /// Whether this rank writes files and prints messages.
  package var isFirst: Bool { communicator.isFirst }
  /// Number of ranks on the machine of this rank.
  package var onThisHost: Int { hosts.count { $0 == hosts[rank] } }
  /// The name of a rank in messages: "rank 3 on cpu2".
  package func name(_ rank: Int) -> String { "rank \(rank) on \(hosts[rank])" }

  /// Sets how long ranks wait for each other from now on; until then the defaults of `Timeouts` hold.
  package func watch(_ timeouts: Timeouts) { members.watch(timeouts) }

  /// Runs work that may fail on some ranks, and returns its result when it has succeeded on all.
  ///
  /// `body` must not communicate.
  /// - Throws: in a process alone, the error of `body`. On several ranks, the same `AgreedError` on all of them, made
  ///   from the error of the first rank that failed.
  package func agree<Result>(_ body: () throws -> Result) throws -> Result {
    guard size > 1 else { return try body() }
    let outcome = Swift.Result { try body() }
    var failure: AgreedError?
    if case .failure(let error) = outcome { failure = AgreedError(error) }
    let status = withUnsafeBytes(of: failure?.status ?? 0) { Array($0) }
    let all = communicator.gather(failure.map { status + Array($0.line.utf8) } ?? [], "start-up")
    if let failed = all.firstIndex(where: { !$0.isEmpty }) {
      let line = String(decoding: all[failed].dropFirst(4), as: UTF8.self)
      throw AgreedError(
        line: failed == 0 ? line : "\(name(failed)): \(line)",
        status: all[failed].withUnsafeBytes { $0.loadUnaligned(as: Int32.self) })
    }
    return try outcome.get()
  }

  /// Checks that texts, such as the configuration, are equal on all ranks; see `Agreement.check`.
  /// - Throws: `AgreedError`.
  package func requireSame(_ texts: [(name: String, value: String)]) throws {
    try agreed { try Agreement.check(texts, among: communicator, hosts: hosts) }
  }

  /// Checks that the ranks of a node have a core for each of their threads. A process alone may have more threads.
  /// - Parameters:
  ///   - threads: number of threads that compute on this rank.
  ///   - oversubscribe: whether threads may share cores.
  /// - Throws: `AgreedError`.
  package func requireCores(threads: Int, oversubscribe: Bool) throws {
    guard size > 1 else { return }
    let own = withUnsafeBytes(of: oversubscribe ? 0 : threads) { Array($0) }
    let all = communicator.gather(own, "threads").map {
      $0.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
    }
    try agreed { try CoreShares(cores).require(threads: all, launcher: launcher) }
  }

  /// A sentence about the cores of this rank; nil if there is nothing to say.
  package var coreNote: String? { size > 1 ? CoreShares(cores).note(rank, launcher: launcher) : nil }

  /// Runs a check that fails on all ranks or on none.
  private func agreed(_ check: () throws -> Void) throws {
    do { try check() } catch { throw communicator.agreed(error) }
  }
}

/// The processes of a launch and how they communicate: over MPI, or alone.
protocol RankMembers: Sendable {
  var communicator: any Communicator { get }
  /// The host of each rank.
  var hosts: [String] { get }
  func watch(_ timeouts: Timeouts)
  /// Ends the communication. Every rank calls it, and nothing is exchanged afterwards.
  func leave()
}

/// A process alone.
struct Alone: RankMembers {
  let communicator: any Communicator = OneProcess()
  let hosts = [HostName.current]
  func watch(_ timeouts: Timeouts) {}
  func leave() {}
}

/// The name of this machine, as Slurm and MPI call it: without its domain.
package enum HostName {
  package static let current: String = {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "unknown host" }
    let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.split(separator: ".").first.map(String.init) ?? text
  }()
}
