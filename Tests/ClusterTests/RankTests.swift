import Foundation
import TestSupport
import Testing

/// Real processes under `mpirun`. One run at a time: each takes the cores for itself.
@Suite(
  .besideOthers, .serialized,
  .enabled(if: RankRun.isPossible, "mpirun is not installed, or the build has no MPI"))
struct RankTests {
  @Test(arguments: [1, 2, 3]) func exchange(ranks: Int) throws {
    let run = try RankRun("exchange", ranks: ranks)
    #expect(run.status == 0 && run.output == "exchanged among \(ranks)\n", "\(run.errors)")
  }

  @Test func agreedErrorsAreSaidOnce() throws {
    let host = ProcessInfo.processInfo.hostName.split(separator: ".")[0]
    let failed = try RankRun("agree", ranks: 3)
    #expect(failed.status == 2)
    #expect(failed.errors == ["fusionctl: rank 2 on \(host): list.txt: is damaged"])
    let differ = try RankRun("differ", ranks: 3)
    #expect(differ.status == 1 && differ.errors.count == 1)
    #expect(differ.errors.first?.contains("configuration: the ranks do not agree: 'b: 0' on rank 0") == true)
    let threads = try RankRun("threads", ranks: 2)
    #expect(threads.status == 64 && threads.errors.count == 1)
    #expect(threads.errors.first?.contains("2 ranks have 1000 threads each") == true)
    #expect(try RankRun("oversubscribe", ranks: 2).status == 0)
  }

  /// Ranks that may run on the same cores take different cores, as long as there are enough.
  @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1, "there is one core"))
  func coresAreShared() throws {
    let lines = try RankRun("cores", ranks: 2).output.split(separator: "\n")
    #expect(lines.count == 2)
    let masks = lines.map { Set($0.split(separator: "[")[1].split(separator: "]")[0].split(separator: ", ")) }
    #expect(masks.count == 2 && masks[0].isDisjoint(with: masks[1]), "\(lines)")
    #expect(lines.allSatisfy { $0.contains("2 ranks share the ") })
  }

  /// Some ranks compute, some wait; the exit status is the status of the error.
  @Test(arguments: ["error", "errors"]) func anErrorEndsAllRanks(name: String) throws {
    let run = try RankRun(name, "30", "600", ranks: 3)
    #expect(run.status == 2 && run.seconds < 60 && run.left == [])
    let said = run.errors.filter { $0.contains("rank 1 on ") && $0.hasSuffix("patch.tif: is damaged") }
    #expect(said.count == 1, "\(run.errors)")
    #expect(name == "errors" || run.errors.count == 1)
  }

  @Test func aKilledRankEndsAll() throws {
    let run = try RankRun("killed", "2", "600", ranks: 3)
    #expect(run.status != 0 && run.seconds < 60 && run.left == [])
  }

  @Test func aStoppedRankEndsAll() throws {
    let run = try RankRun("stopped", "2", "600", ranks: 3)
    #expect(run.status == 76 && run.seconds < 60 && run.left == [])
    #expect(run.errors.count == 1, "\(run.errors)")
    let line = run.errors.first ?? ""
    #expect(line.contains("rank 2 on ") && line.contains("no sign of life of rank 1 on "), "\(line)")
    #expect(line.contains("in 'gradients'"), "\(line)")
  }

  @Test func aStuckCallEndsAll() throws {
    let run = try RankRun("stuck", "30", "2", ranks: 3)
    #expect(run.status == 76 && run.seconds < 60 && run.left == [])
    let line = run.errors.first ?? ""
    #expect(line.contains("'gradients' has not returned") && line.contains("rank 2 on "), "\(run.errors)")
  }

  /// A rank that computes for longer than the allowed silence is not lost, and neither is a rank that waits for it.
  @Test func patience() throws {
    let run = try RankRun("computing", "3", "600", ranks: 2)
    #expect(run.status == 0 && run.output == "patient\n", "\(run.errors)")
  }

  /// A job that was suspended goes on.
  @Test func suspension() throws {
    let run = try RankRun("suspended", "2", "600", ranks: 2)
    #expect(run.status == 0 && run.output == "resumed\n" && run.seconds > 4, "\(run.errors)")
  }

  @Test func processesThatDoNotFindEachOther() throws {
    for rank in 0...1 {
      let launch = [
        ["SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "\(rank)"],
        ["OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "\(rank)"],
      ]
      for variables in launch {
        let run = try RankRun("exchange", variables: variables)
        #expect(
          run.status == 1 && run.output == "" && run.errors.count == (rank == 0 ? 1 : 0), "\(run.errors)")
      }
    }
    let script = try RankRun("exchange", variables: ["SLURM_NTASKS": "2", "SLURM_JOB_ID": "1"])
    #expect(script.status == 1 && script.errors.count == 1)
    #expect(script.errors.first?.contains("srun --mpi=pmix RankProbe exchange …") == true, "\(script.errors)")
  }
}
