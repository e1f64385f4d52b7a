/// What a kernel takes of a multiprocessor, by the log of NVIDIA's assembler (`--ptxas-options=-v`).
struct KernelUsage: Equatable {
  let kernel: String
  /// Registers of a thread.
  let registers: Int
  /// Bytes of a thread that lie in memory: its stack, and registers that were written there for want of room.
  let stack, spills: Int

  /// The kernels of a log, sorted by name.
  static func kernels(in log: String) -> [KernelUsage] {
    var kernels: [KernelUsage] = []
    var (name, stack, spills) = ("", 0, 0)
    for line in log.split(separator: "\n") {
      if let match = line.firstMatch(of: /Compiling entry function '(\w+)'/) {
        (name, stack, spills) = (String(match.1), 0, 0)
      } else if let match = line.firstMatch(of: /(\d+) bytes stack frame, (\d+) bytes spill stores/) {
        (stack, spills) = (Int(match.1)!, Int(match.2)!)
      } else if let match = line.firstMatch(of: /Used (\d+) registers/), !name.isEmpty {
        kernels.append(.init(kernel: name, registers: Int(match.1)!, stack: stack, spills: spills))
        name = ""
      }
    }
    return kernels.sorted { $0.kernel < $1.kernel }
  }
}
