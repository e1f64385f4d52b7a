import Testing

@testable import Basics
@testable import Imagery
@testable import Metrics
@testable import Reports

/// The first three sentences of a report.
@Suite struct VerdictTests {
  private func verdict(
    _ answers: ReportSubjects.Answers, _ subjects: ReportSubjects = ReportSubjects(),
    training: LeakCheck.TrainingPatches? = nil
  ) throws -> Verdict {
    let verdict = Verdict(try Evidence(try subjects.run(answers), training: training))
    #expect(verdict.sentences.count == 3)
    // Each sentence has a number.
    #expect(verdict.sentences.allSatisfy { $0.contains(/\d\.\d\d\d/) }, "\(verdict.sentences)")
    return verdict
  }

  @Test func aGoodNetwork() throws {
    let verdict = try verdict(.good)
    #expect(verdict.judgement == .better)
    let first = verdict.sentences[0]
    #expect(first.hasPrefix("On 120 test patches of 12 clusters, the network reaches a micro-F1 of 0."))
    #expect(first.contains("95 % interval") && first.contains("more than always answering"))
    #expect(verdict.sentences[1].contains("always answering them would give"))
    #expect(verdict.sentences[2].contains("off by"))
  }

  @Test func aConstantNetwork() throws {
    for task in ClassificationTask.allCases {
      let verdict = try verdict(.constant, ReportSubjects(task: task))
      #expect(verdict.judgement == .constant)
      #expect(
        verdict.sentences[0].contains(
          "the same answer for all 120 test patches of 12 clusters, Forest, so it is no better than a constant"
        ))
    }
  }

  @Test func aNetworkThatGuesses() throws {
    let verdict = try verdict(.random, ReportSubjects(task: .single))
    #expect(verdict.judgement == .indistinguishable)
    #expect(verdict.sentences[0].contains("not distinguishable from always answering"))
  }

  @Test func aLeak() throws {
    let shared = LeakCheck.TrainingPatches(ids: [], places: ["scene_3", "scene_4", "elsewhere"])
    let half = try verdict(.good, training: shared)
    #expect(half.judgement == .suspect)
    #expect(half.sentences[2].hasPrefix("Do not trust"))
    #expect(
      half.sentences[2].contains(
        "20 of 120 patches lie in 2 clusters that training patches come from, where 0 should be; the other patches reach"
      ))
    let same = try verdict(.good, training: .init(ids: ["scene_0_p0"], places: []))
    #expect(same.judgement == .suspect && same.sentences[2].contains("1 of 120 patches are training patches"))
    let apart = try verdict(.good, training: .init(ids: ["a"], places: ["elsewhere"]))
    #expect(apart.judgement == .better)
  }

  @Test func aResultTooGood() throws {
    let verdict = try verdict(.perfect)
    #expect(verdict.judgement == .suspect)
    #expect(verdict.sentences[2].contains("suspiciously good"))
  }

  @Test func fewScenes() throws {
    let sentences = try verdict(.good, ReportSubjects(scenes: 4)).sentences
    #expect(sentences[0].contains("4 clusters are too few; an interval needs at least 10"))
    #expect(sentences[1].contains("(no interval)") && !sentences[1].contains("too few"))
  }

  @Test func theBestConstantAnswer() {
    // Forest in 8 of 10 patches, water in 1: Forest alone has 2 · 8 / (10 + 9).
    let truth = (0..<10).flatMap { [$0 < 8, $0 == 9] }
    let table = PredictionTable(
      task: .multi, classes: ["Forest", "Water"], ids: (0..<10).map { "\($0)" },
      clusters: .init(repeating: "", count: 10), probabilities: .init(repeating: 0.1, count: 20), truth: truth
    )
    #expect(ConstantAnswer(table).classes == [0])
  }

  @Test func patchesOfTheGallery() {
    let subjects = ReportSubjects()
    let table = subjects.table(.good)
    let errors = PatchErrors(table)
    for kind in PatchErrors.Kind.allCases {
      let patches = errors.patches(kind, count: 4, clusters: table.clusters)
      #expect(Set(patches.map { table.clusters[$0] }).count == 4)
    }
    let worst = errors.patches(.worst, count: 1, clusters: table.clusters)[0]
    #expect(errors.loss[worst] == errors.loss.max())
    #expect(errors.patches(.best, count: 1000, clusters: table.clusters).count == table.count)
  }
}
