import Basics
import CPUEngine
import CUDAEngine
import Networks

#if canImport(Glibc)
  import Glibc
#endif

/// The program: it runs the wanted sections and ends with status 1 if a check failed.
@main
struct GPUCheck {
  static func main() {
    do {
      let options = try CheckOptions(Array(CommandLine.arguments.dropFirst()))
      guard !options.asksForHelp else { return print(CheckOptions.help, terminator: "") }
      exit(try run(options) ? 0 : 1)
    } catch let error as InputError {
      tell(error.description)
      exit(error.kind.exitStatus)
    } catch {
      tell("\(error)")
      exit(1)
    }
  }

  /// - Returns: whether nothing failed.
  private static func run(_ options: CheckOptions) throws -> Bool {
    let report = CheckReport()
    let start = ContinuousClock.now
    if options.sections.contains(.facts) { FactsSection.write(options, to: report) }
    let others = options.sections.filter { $0 != .facts }
    if !others.isEmpty {
      let run = try CheckRun(options, report, until: start + .seconds(options.seconds))
      for section in others { try perform(section, run) }
    }
    report.summary(seconds: (ContinuousClock.now - start) / .seconds(1))
    return report.failures.isEmpty
  }

  private static func perform(_ section: CheckOptions.Section, _ run: CheckRun) throws {
    switch section {
    case .facts: return
    case .operations: try OperationSection(run: run).write()
    case .networks: try NetworkSection(run: run).write()
    case .training: try TrainingSection(run: run).write()
    case .passes: try PassSection(run: run).write()
    case .speed: try SpeedSection(run: run).write()
    case .cpu: try CPUSection(run: run).write()
    }
  }

  private static func tell(_ text: String) {
    let line = Array("gpucheck: \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }
}

/// What all sections share: the devices, the report, and the end of the time.
struct CheckRun {
  let options: CheckOptions
  let report: CheckReport
  let gpu: CUDADevice
  let cpu: CPUDevice
  /// The precisions to be checked.
  let precisions: [Precision]
  private let libraries: CUDALibraries
  private let end: ContinuousClock.Instant

  /// - Throws: `InputError`: environment when the GPU cannot be used; usage for a precision that it lacks.
  init(_ options: CheckOptions, _ report: CheckReport, until end: ContinuousClock.Instant) throws {
    (self.options, self.report, self.end) = (options, report, end)
    libraries = try CUDALibraries.load()
    gpu = try CUDADevice(number: options.gpu, libraries)
    cpu = CPUDevice(threads: ThreadPool.maskCores)
    for precision in options.precisions ?? [] { try gpu.require(precision) }
    precisions = options.precisions ?? Precision.allCases.filter { [gpu] in (try? gpu.require($0)) != nil }
  }

  /// The same GPU, which queues the work of each step call by call instead of launching a CUDA graph.
  func gpuWithoutGraphs() throws -> CUDADevice {
    var wanted = CUDAOptions()
    wanted.usesGraphs = false
    return try CUDADevice(number: options.gpu, libraries, options: wanted)
  }

  /// The precision in which the CPU shows what roundings to bfloat16 do.
  var roundedPrecision: Precision { (try? cpu.require(.bf16)) == nil ? .bf16Emulated : .bf16 }

  /// Whether no new check may begin.
  var isOver: Bool { ContinuousClock.now >= end }

  /// Writes the row of a check, which is not run if the time is over.
  /// - Parameter body: gives the other cells and the outcome.
  /// - Throws: `InputError` (lostDevice), after which nothing can be checked.
  func check(_ cells: [String], _ body: () throws -> (cells: [String], outcome: CheckReport.Outcome)) throws {
    guard !isOver else { return report.row(cells, .skipped("the time is over")) }
    do {
      let result = try body()
      report.row(cells + result.cells, result.outcome)
    } catch let error as InputError where error.kind != .lostDevice {
      report.row(cells, .failed(error.description))
    }
  }
}
