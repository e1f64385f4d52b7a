import Basics
import Experiments
import Presentation
import Training

/// The memory that a training takes on each node of a job.
struct JobMemory {
  /// Of one process.
  let plan: NetworkPlan
  /// Bytes of one process, as planned.
  let rank: Int
  /// Processes of a node.
  let ranksPerNode: Int

  /// - Parameters:
  ///   - size: height and width of the patches in pixels, which the experiment may crop.
  ///   - threads: of a process, where the experiment does not say.
  /// - Throws: `InputError` (usage), see `NetworkPlan`, for more ranks than a batch has patches, and for a device
  ///   or precision that is not here.
  init(_ experiment: Experiment, size: PatchSize, nodes: Int, ranksPerNode: Int, threads: Int) throws {
    var share = experiment
    share.threads = experiment.threads ?? threads
    // A batch is shared out among the ranks, and the largest share decides.
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

  /// What to ask Slurm for: a quarter more than planned and a gigabyte, for messages between ranks and for the
  /// kernel's buffers, which count as the job's.
  var gigabytesANode: Int { Int((1.25 * Double(rank) * Double(ranksPerNode) / 0x1p30).rounded(.up)) + 1 }

  var note: String {
    "memory: \(gigabytesANode) GiB a node for \(counted(ranksPerNode, "process", plural: "processes")) of "
      + "\(NumberText.bytes(rank)) (plan) and some room"
  }
}
