import Basics
import CPUEngine
import CUDAEngine
import Networks

/// The machine: GPUs, libraries, what cannot be used.
enum FactsSection {
  static func write(_ options: CheckOptions, to report: CheckReport) {
    let found = GPUReport()
    report.heading("Facts")
    report.columns("what", "value", width: 16)
    for gpu in found.gpus {
      let facts = gpu.facts
      report.row(
        "cuda:\(facts.number)",
        "\(facts.name), \(facts.architecture), \(facts.multiprocessors) multiprocessors, PCI \(facts.busID)")
      let free = gpu.free.map { ", \(fixed(Double($0) / 1e9, 2)) GB of it free" } ?? ""
      report.row("memory of cuda:\(facts.number)", "\(fixed(Double(facts.bytes) / 1e9, 2)) GB\(free)")
    }
    for library in found.libraries { report.row(library.name, "\(library.version), \(library.path)") }
    report.row(
      "processor",
      (ProcessUsage.value(of: "model name", in: "/proc/cpuinfo") ?? "unknown")
        + ", \(ThreadPool.maskCores) cores, \(BLASLibrary.version) (\(BLASLibrary.coreName))")
    if found.gpus.contains(where: { $0.facts.name.contains("simulated") }) {
      report.row("simulated", "the GPU is simulated on the processor: no time means anything")
    }
    if let fault = found.cacheFault { report.row("note", fault.description) }
    let faults = found.faults + found.gpus.flatMap(\.faults)
    if found.gpus.count <= options.gpu, faults.isEmpty {
      report.failure("there is no cuda:\(options.gpu)")
    }
    for fault in faults { report.failure(fault.description) }
  }
}
