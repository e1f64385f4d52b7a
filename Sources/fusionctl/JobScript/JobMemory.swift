import Basics
import Experiments
import Presentation
import Training

/// The memory that a training takes on each node of a job.
struct JobMemory {
  /// Plan of one process on the CPUs; of one on a GPU where the CPUs do not compute.
  let plan: NetworkPlan
  /// Bytes of the node's memory that the plan predicts for one process on the CPUs; nil where they do not compute.
  private let onCPUs: Int?
  /// The same for a process on a GPU, without the memory of the GPU.
  private let onGPU: Int?
  /// Number of processes on a node.
  private let ranksPerNode: Int

  /// - Parameters:
  ///   - size: height and width of the patches in pixels, which the experiment may crop.
  ///   - threads: threads of a process, where the experiment does not set them.
  /// - Throws: `InputError` (usage), see `NetworkPlan`; for more ranks than a batch has patches; and for a device
  ///   or precision that this machine lacks.
  init(
    _ experiment: Experiment, size: PatchSize, nodes: Int, ranksPerNode: Int, threads: Int,
    on device: JobDevice
  ) throws {
    var share = experiment
    share.threads = experiment.threads ?? threads
    // The ranks divide a batch among them, and the largest share decides.
    let ranks = nodes * ranksPerNode
    let batch = experiment.globalBatchSize(ranks: ranks)
    guard ranks <= batch else {
      throw InputError(
        .usage, "--nodes \(nodes)",
        "a batch of \(NumberText.count(batch, "patch", "patches")) for \(ranks) ranks",
        remedy: "choose fewer nodes or ranks, or a larger training.batch_size")
    }
    share.training.batchSize = (batch + ranks - 1) / ranks
    // Neither plan asks which device this machine has: the job runs elsewhere.
    share.device = "cpu"
    switch device {
    case .cpus:
      plan = try NetworkPlan(share, fileSize: size)
      (onCPUs, onGPU) = (plan.trainingMemory.total, nil)
    case .gpu(let orCPUs):
      // The memory of the node is the same beside every GPU. This model has all precisions.
      let model = try Devices().forecast(named: "h100", for: share)!
      let gpu = try NetworkPlan(share, fileSize: size, on: model)
      // The CPUs may lack the precision; then they cannot take the place of the GPU.
      let cpus = orCPUs ? try? NetworkPlan(share, fileSize: size) : nil
      plan = cpus ?? gpu
      (onCPUs, onGPU) = (cpus?.trainingMemory.total, gpu.trainingMemory.total)
    }
    self.ranksPerNode = ranksPerNode
  }

  /// Bytes for one process, wherever it computes.
  private var rank: Int { max(onCPUs ?? 0, onGPU ?? 0) }

  /// GiB to ask Slurm for on each node: the plan, a quarter of it and 1 GiB. The addition is for messages between ranks
  /// and for buffers of the operating system's kernel, which Slurm counts for the job.
  var gigabytesANode: Int { Int((1.25 * Double(rank) * Double(ranksPerNode) / 0x1p30).rounded(.up)) + 1 }

  /// "memory: 16 GiB a node for 1 process of 11.5 GB on CPUs or 3.1 GB beside a GPU (plan) and some room".
  var note: String {
    let cpus = onCPUs.map { NumberText.bytes($0) + (onGPU == nil ? "" : " on CPUs") }
    let gpu = onGPU.map { NumberText.bytes($0) + " beside a GPU" }
    return
      "memory: \(gigabytesANode) GiB a node for \(counted(ranksPerNode, "process", plural: "processes")) of "
      + [cpus, gpu].compactMap { $0 }.joined(separator: " or ") + " (plan) and some room"
  }
}
