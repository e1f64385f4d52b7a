import Foundation
import Testing

@testable import Basics
@testable import Cluster

@Suite struct JobEndTests {
  private func date(_ text: String) -> Date {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "yyyy-MM-dd'T'HH:mm:ss"
    return format.date(from: text)!
  }

  @Test func answersOfSlurmAreUnderstood() {
    let job = """
      JobId=7 JobName=train
         RunTime=00:00:03 TimeLimit=02:00:00 TimeMin=N/A
         StartTime=2026-07-01T10:00:00 EndTime=2026-07-01T12:00:00 Deadline=N/A
         SuspendTime=None SecsPreSuspend=0 LastSchedEval=2026-07-01T10:00:00
      """
    #expect(SlurmTime.end(inJob: job) == .end(date("2026-07-01T12:00:00")))
    let parts = job + "\n\n" + job.replacing("T12:00:00", with: "T11:30:00")
    #expect(SlurmTime.end(inJob: parts) == .end(date("2026-07-01T11:30:00")))
    #expect(SlurmTime.end(inJob: "JobId=7 TimeLimit=UNLIMITED EndTime=Unknown Deadline=N/A") == .never)
    #expect(SlurmTime.end(inJob: "slurm_load_jobs error: Invalid job id specified") == nil)
    #expect(SlurmTime.end(inJob: "EndTime=soon EndTime=2026-07-01 EndTime=") == nil)
    // In winter the local time has another offset.
    #expect(SlurmTime.end(ofLines: "2026-01-31T23:59:59\n") == .end(date("2026-01-31T23:59:59")))
    #expect(SlurmTime.end(ofLines: "N/A\n") == .never)
    #expect(SlurmTime.end(ofLines: "") == nil)
  }

  @Test func outsideOfAJobThereIsNoEnd() throws {
    #expect(try JobEnd.ofThisJob(environment: [:]) == nil)
    #expect(try JobEnd.ofThisJob(environment: ["SLURM_JOB_ID": "", "SLURM_JOB_END_TIME": ""]) == nil)
  }

  @Test(arguments: ["soon", "nan", "-1", "1e19", "9223372036854775807"])
  func anEndThatIsNoDate(text: String) throws {
    let error = try #require(throws: InputError.self) {
      try JobEnd.ofThisJob(environment: ["SLURM_JOB_END_TIME": text])
    }
    #expect(error.kind == .environment && error.subject == "SLURM_JOB_END_TIME")
  }

  @Test func anEndInThePastIsIgnoredWithAWarning() throws {
    let past = Int(Date.now.timeIntervalSince1970) - 60
    let job = try #require(try JobEnd.ofThisJob(environment: ["SLURM_JOB_END_TIME": "\(past)"]))
    #expect(job.end == nil && !job.isNear(margin: 1000) && job.news() == nil)
    let warning = try #require(job.warning)
    #expect(warning.hasPrefix("SLURM_JOB_END_TIME is ignored") && warning.hasSuffix("which is past"))
  }

  @Test func yearsBeyondTheCalendarAreNoAnswer() {
    #expect(SlurmTime.end(ofLines: "99999999999-01-01T00:00:00") == nil)
    #expect(SlurmTime.end(ofLines: "2026-99999-01T00:00:00") == nil)
    #expect(SlurmTime.end(ofLines: "1900-01-01T00:00:00") == nil)
  }

  /// The last job of an array has the array's own number.
  @Test func aJobOfAnArrayIsAskedForByItsIndex() {
    #expect(JobEnd.name(in: ["SLURM_JOB_ID": "7"]) == "7")
    let array = ["SLURM_JOB_ID": "5", "SLURM_ARRAY_JOB_ID": "5", "SLURM_ARRAY_TASK_ID": "4"]
    #expect(JobEnd.name(in: array) == "5_4")
  }

  @Test func theMarginIsWhatIsNeededAtLeastAndHalfOfTheJobAtMost() throws {
    let end = Int(Date.now.timeIntervalSince1970) + 100
    let job = try #require(try JobEnd.ofThisJob(environment: ["SLURM_JOB_END_TIME": "\(end)"]))
    #expect(job.end == Date(timeIntervalSince1970: Double(end)))
    #expect(job.news()?.hasPrefix("the job ends at ") == true)
    #expect(job.news() == nil)
    #expect(job.margin(wished: 30, needed: 0) == 30)
    #expect((45...50).contains(job.margin(wished: 120, needed: 0)))
    #expect(job.margin(wished: 30, needed: 300) == 300)
    #expect(!job.isNear(margin: 30) && job.isNear(margin: 101))
  }

  @Test func aCommandAnswersOrIsGivenUp() throws {
    #expect(ShortCommand.output(of: ["printf", "%s", "a b"], timeout: 60) == "a b")
    let long = ShortCommand.output(
      of: ["sh", "-c", "seq 100000; printf \"$WHAT\""], environment: ["WHAT": "x"], timeout: 60)
    #expect(long?.hasSuffix("\n100000\nx") == true)
    #expect(ShortCommand.output(of: ["sh", "-c", "echo no; exit 1"], timeout: 60) == nil)
    #expect(ShortCommand.output(of: ["fusionctl-no-such-command"], timeout: 60) == nil)
    // Neither the command nor its child is left, not even as a zombie.
    let group = "echo $$ >&3; sleep 1000 & exec sleep 1000"
    let file = FileManager.default.temporaryDirectory.appending(path: "fusionctl-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    #expect(ShortCommand.output(of: ["sh", "-c", "exec 3>'\(file.path)'; \(group)"], timeout: 0.5) == nil)
    let process = try #require(Int32(String(contentsOf: file, encoding: .utf8).dropLast()))
    #expect(kill(process, 0) == -1 && errno == ESRCH)
    // A command may close its output long before it ends.
    #expect(ShortCommand.output(of: ["sh", "-c", "exec >&-; exec sleep 1000"], timeout: 0.3) == nil)
  }
}
