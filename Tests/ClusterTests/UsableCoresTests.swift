import Foundation
import Testing

@testable import Basics
@testable import Cluster

@Suite struct UsableCoresTests {
  @Test func theSmallestLimitDecides() throws {
    func cores(_ mask: Int, _ quota: Int?, _ slurm: String?) throws -> UsableCores {
      try UsableCores(mask: mask, quota: quota, slurm: slurm)
    }
    let all = try cores(8, nil, nil)
    #expect(all.count == 8 && all.limit == .mask && all.note(asked: nil) == nil)
    let quota = try cores(8, 3, "6")
    #expect(quota.count == 3 && quota.limit == .quota && quota.note(asked: nil)!.hasPrefix("3 threads"))
    let slurm = try cores(8, 6, "1")
    #expect(slurm.count == 1 && slurm.limit == .slurm)
    #expect(slurm.note(asked: nil) == "1 thread, as SLURM_CPUS_PER_TASK says")
    // Slurm may promise more than the mask has.
    #expect(try cores(2, nil, "16") == (try cores(2, nil, nil)))
    #expect(all.note(asked: 8) == nil)
    #expect(all.note(asked: 9)!.hasPrefix("9 threads share 8 usable cores"))
  }

  @Test(arguments: ["", "four", "0", "-2", "2(x3)", "nan", "1e30", "9223372036854775807"]) func wrongVariable(
    value: String
  ) throws {
    let error = try #require(throws: InputError.self) {
      try UsableCores(mask: 8, quota: nil, slurm: value)
    }
    #expect(error.kind == .environment && error.subject == "SLURM_CPUS_PER_TASK")
  }
}

/// Control groups as files of a scratch folder.
@Suite final class CPUQuotaTests {
  private let root = FileManager.default.temporaryDirectory.appending(path: "cgroup-\(UUID().uuidString)")

  deinit { try? FileManager.default.removeItem(at: root) }

  private func write(_ path: String, _ text: String) throws {
    let file = root.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  private var cores: Int? { CPUQuota.cores(root: root.path) }

  @Test func noGroups() { #expect(cores == nil) }

  @Test func version2() throws {
    try write("proc/self/cgroup", "0::/job/step\n")
    #expect(cores == nil)
    try write("sys/fs/cgroup/job/step/cpu.max", "max 100000\n")
    #expect(cores == nil)
    try write("sys/fs/cgroup/job/step/cpu.max", "250000 100000\n")
    #expect(cores == 3)
    // The group above allows less.
    try write("sys/fs/cgroup/job/cpu.max", "20000 10000\n")
    #expect(cores == 2)
    try write("sys/fs/cgroup/job/cpu.max", "1000 100000\n")
    #expect(cores == 1)
  }

  @Test func version1() throws {
    try write("proc/self/cgroup", "7:memory:/m\n4:cpu,cpuacct:/docker/abc\n0::/\n")
    let folder = "sys/fs/cgroup/cpu,cpuacct/docker/abc"
    try write("\(folder)/cpu.cfs_quota_us", "-1\n")
    try write("\(folder)/cpu.cfs_period_us", "100000\n")
    #expect(cores == nil)
    try write("\(folder)/cpu.cfs_quota_us", "600000\n")
    #expect(cores == 6)
  }

  /// A container whose path exists on the host only.
  @Test func pathOfTheHost() throws {
    try write("proc/self/cgroup", "0::/../../system.slice/x.scope\n")
    try write("sys/fs/cgroup/cpu.max", "400000 100000\n")
    #expect(cores == 4)
  }

  @Test func nonsenseIsNoLimit() throws {
    try write("proc/self/cgroup", "0::/\nx\n")
    for text in ["", "a b", "0 100000", "100000", "100000 0"] {
      try write("sys/fs/cgroup/cpu.max", text)
      #expect(cores == nil, "\(text)")
    }
  }
}

/// Memory of control groups as files of a scratch folder.
@Suite final class MemoryLimitTests {
  private let root = FileManager.default.temporaryDirectory.appending(path: "cgroup-\(UUID().uuidString)")

  deinit { try? FileManager.default.removeItem(at: root) }

  private func write(_ path: String, _ text: String) throws {
    let file = root.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  private var limit: Int? { MemoryLimit.controlGroup(root: root.path) }

  @Test func version2() throws {
    #expect(limit == nil)
    try write("proc/self/cgroup", "0::/job/step\n")
    try write("sys/fs/cgroup/job/step/memory.max", "max\n")
    #expect(limit == nil)
    try write("sys/fs/cgroup/job/memory.max", "1073741824\n")
    #expect(limit == 1 << 30)
  }

  @Test func version1() throws {
    try write("proc/self/cgroup", "7:memory:/slurm\n")
    try write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    #expect(limit == nil)
    try write("sys/fs/cgroup/memory/slurm/memory.limit_in_bytes", "4096\n")
    #expect(limit == 4096)
  }
}
