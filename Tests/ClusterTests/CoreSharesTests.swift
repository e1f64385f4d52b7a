import Foundation
import Testing

@testable import Basics
@testable import Cluster

@Suite struct CoreSharesTests {
  private func rank(_ host: String, _ mask: [Int], quota: Int? = nil, online: Int = 8) -> RankCores {
    RankCores(host: host, mask: mask, quota: quota, online: online)
  }

  private let all = Array(0..<8)

  @Test func oneMaskIsDivided() {
    let shares = CoreShares([rank("a", all), rank("a", all), rank("b", all), rank("a", all)])
    #expect(shares.shares == [[0, 1], [2, 3], all, [4, 5]])
    #expect(shares.note(0, launcher: .srun) == "3 ranks share the 8 cores of a, 2 cores each")
    #expect(shares.note(2, launcher: .srun) == nil)
  }

  @Test func masksOfTheLauncherStay() {
    let shares = CoreShares([rank("a", [0, 1]), rank("a", [2, 3]), rank("a", [4, 5])])
    #expect(shares.shares == [[0, 1], [2, 3], [4, 5]])
    #expect(shares.note(1, launcher: .srun) == nil)
    #expect(shares.note(1, launcher: .mpirun)!.contains("mpirun --bind-to none gives it 2"))
  }

  @Test func masksThatOverlap() {
    // Each rank gets two of its four cores, and no core goes to both.
    let shares = CoreShares([rank("a", [0, 1, 2, 3]), rank("a", [2, 3, 4, 5])])
    #expect(shares.shares == [[0, 1], [4, 5]] || shares.shares == [[0, 1], [2, 3]])
  }

  @Test func moreRanksThanCores() {
    let shares = CoreShares((0..<4).map { _ in rank("a", [4, 6]) })
    #expect(shares.shares == [[4], [6], [4], [6]])
  }

  @Test func quotaIsShared() {
    let shares = CoreShares([rank("a", all, quota: 4), rank("a", all, quota: 4), rank("b", all, quota: 4)])
    #expect(shares.shares.map(\.count) == [2, 2, 4])
    #expect(throws: InputError.self) { try shares.require(threads: [3, 2, 4], launcher: .srun) }
    #expect(throws: Never.self) { try shares.require(threads: [2, 2, 4], launcher: .srun) }
  }

  @Test func moreThreadsThanCores() throws {
    let shares = CoreShares([rank("a", all), rank("a", all), rank("b", all)])
    #expect(throws: Never.self) { try shares.require(threads: [4, 4, 8], launcher: .srun) }
    // Rank 2 allows its threads to share cores.
    #expect(throws: Never.self) { try shares.require(threads: [4, 4, 0], launcher: .srun) }
    func refusal(_ threads: [Int], _ launcher: Launcher) throws -> String {
      try #require(throws: InputError.self) { try shares.require(threads: threads, launcher: launcher) }
        .description
    }
    #expect(
      try refusal([5, 5, 8], .srun)
        == "--threads: 2 ranks have 5 threads each and 8 cores on a; ask for fewer ranks (srun --ntasks-per-node=1 "
        + "--cpus-per-task=5), or give each rank fewer threads (--threads 4), or allow it with --oversubscribe"
    )
    #expect(try refusal([4, 4, 9], .srun).hasPrefix("--threads: rank 2 has 9 threads and 8 cores on b"))
    #expect(try refusal([5, 4, 8], .mpirun).contains("2 ranks have 9 threads in all and 8 cores on a"))
    #expect(try refusal([5, 5, 8], .mpirun).contains("mpirun -n 1 "))
  }

  @Test func mpirunThatBinds() throws {
    let shares = CoreShares([rank("a", [0]), rank("a", [1])])
    let error = try #require(throws: InputError.self) {
      try shares.require(threads: [2, 2], launcher: .mpirun)
    }
    #expect(
      error.description.contains("rank 0 has 2 threads and 1 core on a; start with mpirun --bind-to none"))
  }

  /// Hardware threads of one core are neighbours.
  @Test func topology() throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "topology-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    // Two sockets, each with one core of two hardware threads, numbered as firmware numbers them.
    for (cpu, socket) in [0, 1, 0, 1].enumerated() {
      let folder = root.appending(path: "cpu\(cpu)/topology")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try "\(socket)\n".write(
        to: folder.appending(path: "physical_package_id"), atomically: true, encoding: .utf8)
      try "0\n".write(to: folder.appending(path: "core_id"), atomically: true, encoding: .utf8)
    }
    #expect(CoreTopology.ordered([0, 1, 2, 3], root: root.path) == [0, 2, 1, 3])
    #expect(CoreTopology.ordered([3, 5, 4], root: "/nowhere") == [3, 4, 5])
  }
}
