import Foundation
import Testing

@testable import Basics
@testable import Cluster

/// What the environment says of a launch.
@Suite struct LaunchTests {
  static let batch = [
    "SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_JOB_NUM_NODES": "2",
  ]

  private func launch(_ variables: [String: String]) throws -> LaunchEnvironment {
    try LaunchEnvironment(variables)
  }

  private func refusal(_ variables: [String: String]) throws -> String {
    let checks = LaunchChecks(try launch(variables), command: "fusionctl train …")
    return try #require(throws: InputError.self) { try checks.before() }.description
  }

  @Test func plain() throws {
    let plain = try launch([:])
    #expect(plain.launcher == .plain && plain.rank == 0 && !plain.usesMPI)
    try LaunchChecks(plain, command: "").before()
    // A job of one task on one node needs no launcher.
    try LaunchChecks(launch(["SLURM_NTASKS": "1", "SLURM_JOB_NUM_NODES": "1"]), command: "").before()
  }

  @Test func mpirun() throws {
    let two = try launch(["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1", "PMIX_RANK": "1"])
    #expect(two.launcher == .mpirun && two.rank == 1 && two.size == 2 && two.usesMPI)
    // Inside an allocation the variables of Slurm describe the script or mpirun's helpers, not this rank.
    let inside = try launch(
      Self.batch.merging(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"]) { $1 })
    #expect(inside.launcher == .mpirun && inside.rank == 3 && inside.usesMPI)
    try LaunchChecks(inside, command: "").before()
    #expect(try !launch(["OMPI_COMM_WORLD_SIZE": "1"]).usesMPI)
  }

  @Test func srun() throws {
    let ranks = try launch(
      Self.batch.merging(["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2", "PMIX_RANK": "2"]) { $1 })
    #expect(ranks.launcher == .srun && ranks.rank == 2 && ranks.size == 4 && ranks.usesMPI)
    try LaunchChecks(ranks, command: "").before()
    // One task alone, in a job of several tasks.
    let one = try launch(Self.batch.merging(["SLURM_NTASKS": "1", "SLURM_STEP_NUM_TASKS": "1"]) { $1 })
    #expect(one.launcher == .srunWithoutPMIx && !one.usesMPI)
    try LaunchChecks(one, command: "").before()
  }

  @Test func singletons() throws {
    #expect(
      try refusal(Self.batch)
        == "SLURM_NTASKS: the job has 4 tasks, but this process was started without srun and would work alone; "
        + "start all with: srun --mpi=pmix fusionctl train …; or one alone with: srun --ntasks=1 fusionctl train …"
    )
    let step = Self.batch.merging(["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "3"]) { $1 }
    #expect(try launch(step).rank == 3)
    #expect(try refusal(step).hasSuffix("start with: srun --mpi=pmix fusionctl train …"))
    #expect(try refusal(Self.batch.merging(["OMPI_COMM_WORLD_SIZE": "1"]) { $1 }).contains("mpirun -n 4 "))
    let other = try launch(["PMI_SIZE": "3", "PMI_RANK": "2"])
    #expect(other.launcher == .otherMPI && other.rank == 2)
    #expect(try refusal(["PMI_SIZE": "3", "PMI_RANK": "2"]).contains("mpirun -n 3 fusionctl train …"))
    // Without --ntasks, the job has at least one task on each node.
    #expect(try refusal(["SLURM_JOB_NUM_NODES": "2"]).contains("the job has 2 tasks"))
  }

  @Test func aloneAfterMeeting() throws {
    let checks = LaunchChecks(try launch(["OMPI_COMM_WORLD_SIZE": "2"]), command: "fusionctl test …")
    try checks.after(size: 2)
    let error = try #require(throws: InputError.self) { try checks.after(size: 1) }
    #expect(
      error.kind == .environment && error.description.contains("2 processes were started, but each is alone"))
  }

  @Test(arguments: [
    ("OMPI_COMM_WORLD_SIZE", "1e30"), ("OMPI_COMM_WORLD_SIZE", "0"), ("SLURM_NTASKS", "-4"),
    ("SLURM_JOB_NUM_NODES", "99999999999999999999"), ("PMIX_RANK", "nan"), ("SLURM_STEP_NUM_TASKS", "two"),
  ])
  func variablesWithoutANumber(name: String, value: String) throws {
    let error = try #require(throws: InputError.self) { try launch([name: value]) }
    #expect(error.kind == .environment && error.subject == name && error.problem.contains("'\(value)'"))
  }

  /// A program that a rank has started keeps the launcher's variables, even after the launcher has ended.
  @Test func aLauncherThatHasEnded() throws {
    let server = try Listener()
    let variables = [
      "OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1", "PMIX_RANK": "1",
      "PMIX_SERVER_URI3": "77.0;tcp4://127.0.0.1:\(server.port)",
    ]
    try LaunchChecks(try launch(variables), command: "").before()
    server.close()
    let error = try #require(throws: InputError.self) {
      try LaunchChecks(try launch(variables), command: "").before()
    }
    #expect(error.kind == .environment && error.subject == "PMIX_SERVER_URI3")
    #expect(error.description.contains("has ended") && error.description.contains("unset ${!OMPI_@}"))
    // A process alone needs no launcher. An address in another form is not checked.
    try LaunchChecks(try launch(variables.merging(["OMPI_COMM_WORLD_SIZE": "1"]) { $1 }), command: "")
      .before()
    let other = variables.merging(["PMIX_SERVER_URI3": "77.0;usock:/tmp/server"]) { $1 }
    try LaunchChecks(try launch(other), command: "").before()
  }
}

@Suite struct AgreementTests {
  @Test func theMessageNamesTextRanksAndValues() throws {
    func pairs(_ size: Int) -> [[String]] {
      [["program version", "1"], ["configuration", "a: 1\n  size: \(size)"]]
    }
    let hosts = ["cpu1", "cpu1", "cpu2", "cpu2"]
    try Agreement.check([pairs(8), pairs(8)], hosts: hosts)
    let error = try #require(throws: InputError.self) {
      try Agreement.check([pairs(8), pairs(8), pairs(16), pairs(16)], hosts: hosts)
    }
    #expect(error.subject == "configuration" && error.kind == .environment)
    #expect(
      error.problem
        == "the ranks do not agree: 'size: 8' on rank 0 (cpu1), 'size: 16' on rank 2 (cpu2) and 1 more")
  }

  @Test func aTextThatIsShorter() throws {
    let error = try #require(throws: InputError.self) {
      try Agreement.check([[["x", "a\nb"]], [["x", "a"]]], hosts: ["m", "n"])
    }
    #expect(error.problem == "the ranks do not agree: 'b' on rank 0 (m), '' on rank 1 (n)")
  }
}

/// A socket that listens at a port of this machine.
private final class Listener {
  let port: Int
  private let descriptor: Int32

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && listen(descriptor, 1) == 0
          && getsockname(descriptor, $0, &size) == 0
      }
    }
    try #require(status)
    port = Int(in_port_t(bigEndian: address.sin_port))
  }

  func close() { Foundation.close(descriptor) }
}
