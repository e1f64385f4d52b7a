import Basics
import Cluster
import Foundation

/// Exercises ranks under a launcher: `RankProbe CASE [seconds of silence] [seconds of a call]`.
@main
struct RankProbe {
  static func main() {
    let words = CommandLine.arguments
    let number = { (index: Int) in words.indices.contains(index) ? Double(words[index])! : 1000 }
    do {
      try Ranks.run { ranks in
        ranks.watch(Timeouts(rank: number(2), collective: number(3)))
        try run(words[1], ranks)
      }
    } catch let error as AgreedError {
      exit(error.status)
    } catch {
      ErrorLine.write("\(error)")
      exit((error as? InputError)?.kind.exitStatus ?? 1)
    }
  }

  static func run(_ name: String, _ ranks: Ranks) throws {
    let communicator = ranks.communicator
    switch name {
    case "exchange": Exchange(ranks).run()
    case "agree":
      _ = try ranks.agree {
        if ranks.rank == ranks.size - 1 { throw InputError(.data, "list.txt", "is damaged") }
      }
    case "differ":
      try ranks.requireSame([("program version", "1"), ("configuration", "a: 1\nb: \(ranks.rank / 2)")])
    case "threads": try ranks.requireCores(threads: 1000, oversubscribe: false)
    case "oversubscribe": try ranks.requireCores(threads: 1000, oversubscribe: true)
    case "cores": print("rank \(ranks.rank): \(ThreadPool.maskCoreNumbers) \(ranks.coreNote ?? "-")")
    case "error":
      // Rank 0 computes; the other ranks wait in a call.
      communicator.barrier("the start")
      if ranks.rank == 1 { throw InputError(.data, "patch.tif", "is damaged") }
      endlessly(ranks)
    case "errors":
      communicator.barrier("the start")
      throw InputError(.data, "patch.tif", "is damaged")
    case "killed", "stopped":
      communicator.barrier("the start")
      if ranks.rank == 1 { raise(name == "killed" ? SIGKILL : SIGSTOP) }
      endlessly(ranks)
    case "endless": endlessly(ranks)
    case "stuck":
      communicator.barrier("the start")
      if ranks.rank == ranks.size - 1 { sleep(1000) }
      communicator.barrier("gradients")
    case "computing":
      // Rank 0 makes no call for longer than the silence that ends a run, and the others wait in a call as long.
      if ranks.rank == 0 { compute(seconds: 1.5 * Double(CommandLine.arguments[2])!) }
      communicator.barrier("patience")
      compute(seconds: 1.5 * Double(CommandLine.arguments[2])!)
      communicator.barrier("more patience")
      if ranks.isFirst { print("patient") }
    case "suspended":
      // All ranks are stopped for longer than the allowed silence, as when Slurm suspends a job.
      let processes = communicator.gather(Array("\(getpid())".utf8), "processes").map {
        String(decoding: $0, as: UTF8.self)
      }
      if ranks.isFirst {
        let seconds = 2 * Double(CommandLine.arguments[2])!
        let waker = Process()
        waker.executableURL = URL(filePath: "/bin/sh")
        waker.arguments = ["-c", "sleep \(seconds); kill -CONT \(processes.joined(separator: " "))"]
        try waker.run()
      }
      communicator.barrier("the start")
      raise(SIGSTOP)
      communicator.barrier("the end")
      if ranks.isFirst { print("resumed") }
    default: preconditionFailure("no such case: \(name)")
    }
  }

  /// Rank 0 computes, the others wait for it.
  private static func endlessly(_ ranks: Ranks) {
    if ranks.rank == 0 { compute(seconds: 1000) }
    ranks.communicator.barrier("gradients")
  }

  private static func compute(seconds: Double) {
    let end = Date.now + seconds
    while Date.now < end {}
  }
}
