import Basics
import Experiments

/// What computes in a job.
enum JobDevice: Equatable {
  /// The CPUs of its nodes.
  case cpus
  /// One GPU of its node.
  /// - Parameter orCPUs: whether the CPUs of the node compute where the GPU cannot be used (`device: auto`).
  case gpu(orCPUs: Bool)

  /// - Parameters:
  ///   - choice: the experiment's device.
  ///   - ranks: number of processes of the job.
  /// - Throws: `InputError` (usage) for several processes on a GPU.
  init(_ choice: DeviceChoice, _ resources: GenericResources, ranks: Int) throws {
    let subject: String
    switch choice {
    case .cpu:
      self = .cpus
      return
    case .auto:
      guard resources.gpus > 0 else {
        self = .cpus
        return
      }
      self = .gpu(orCPUs: true)
      subject = "--gres \(resources.text)"
    case .cuda:
      self = .gpu(orCPUs: false)
      subject = "device cuda"
    }
    guard ranks == 1 else {
      throw InputError(
        .usage, subject, "one process trains on a GPU, but the job would start \(ranks)",
        remedy: "leave out --nodes and --ranks-per-node, or compute on CPUs: --set device=cpu, no --gres")
    }
  }

  /// The error of a job without `--time` whose time cannot be predicted.
  var unknownTime: InputError {
    switch self {
    case .cpus:
      InputError(
        .usage, "--time", "is not given, and how many patches there are is not known",
        remedy: "give --time, or --patches 108912,53643, or --data and --labels of folders that are here")
    case .gpu:
      InputError(
        .usage, "--time", "is not given, and the time on a GPU is not predicted",
        remedy: "give --time, such as 2-00:00:00; the job comes back until the run is done")
    }
  }

  /// Notes on the GPU of the job, one line each.
  func notes(_ resources: GenericResources) -> [String] {
    let preparation =
      "gpu: run 'fusionctl doctor --prepare' once on the login node; it compiles the kernels for all jobs"
    switch (self, resources.gpus) {
    case (.cpus, 0): return []
    case (.cpus, _): return ["gpu: device cpu leaves it idle; leave out --gres \(resources.text)"]
    case (.gpu, 0):
      return ["gpu: the job asks for none; add --gres gpu:1 unless the partition gives one", preparation]
    case (.gpu, 1): return [preparation]
    case (.gpu, let count):
      return ["gpu: one of the \(count) computes; ask for one: --gres gpu:1", preparation]
    }
  }
}

/// The list that `--gres` names: "gpu:A100:1,tmpfs:10G".
struct GenericResources: Equatable {
  let text: String
  /// Number of GPUs on each node.
  let gpus: Int

  /// - Parameter text: the list; nil for no resources.
  init(_ text: String?) {
    self.text = text ?? ""
    gpus = self.text.split(separator: ",").reduce(0) { sum, resource in
      let parts = resource.split(separator: ":")
      guard parts.first == "gpu" else { return sum }
      // "gpu" and "gpu:A100" mean one.
      return sum + (parts.last.flatMap { BoundedNumber.whole($0, in: 0...1024) } ?? 1)
    }
  }
}
