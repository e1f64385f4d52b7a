import Basics
import Experiments
import Presentation
import Training

/// The memory that a training takes on each node of a job.
struct JobMemory {
  /// Plan of one process.
  let plan: NetworkPlan
  /// Bytes of memory that the plan predicts for one process.
  let rank: Int
  /// Number of processes on a node.
  let ranksPerNode: Int

  /// - Parameters:
  ///   - size: height and width of the patches in pixels, which the experiment may crop.
  ///   - threads: threads of a process, where the experiment does not set them.
  /// - Throws: `InputError` (usage), see `NetworkPlan`; for more ranks than a batch has patches; and for a device
  ///   or precision that this machine lacks.
  init(_ experiment: Experiment, size: PatchSize, nodes: Int, ranksPerNode: Int, threads: Int) throws {
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
    plan = try NetworkPlan(share, fileSize: size)
    rank = plan.trainingMemory.total
    self.ranksPerNode = ranksPerNode
  }

  /// GiB to ask Slurm for on each node: the plan, a quarter of it and 1 GiB. The addition is for messages between ranks
  /// and for buffers of the operating system's kernel, which Slurm counts for the job.
  var gigabytesANode: Int { Int((1.25 * Double(rank) * Double(ranksPerNode) / 0x1p30).rounded(.up)) + 1 }

  var note: String {
    "memory: \(gigabytesANode) GiB a node for \(counted(ranksPerNode, "process", plural: "processes")) of "
      + "\(NumberText.bytes(rank)) (plan) and some room"
  }
}
