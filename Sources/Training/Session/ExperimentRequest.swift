import Basics
import Experiments
import Networks

extension Experiment {
  /// What a device is asked for.
  /// - Parameters:
  ///   - size: height and width of the images.
  ///   - training, inference: samples of the batches; in training those of this rank.
  ///   - updates: whether parameters are updated; else steps only compute losses and gradients.
  ///   - fewest: samples that the statistics of a step come from at least, if those of several ranks are taken
  ///     together.
  ///   - writesCheckpoints: whether the numbers are saved while training goes on.
  package func request(
    _ size: PatchSize, training sizes: Set<Int> = [], inference: Set<Int> = [], updates: Bool = true,
    fewest: Int? = nil, writesCheckpoints: Bool = false
  ) -> NetworkRequest {
    let network = network
    var request = request(of: network.graph(batch: 1, height: size.height, width: size.width))
    for batch in sizes {
      let (graph, objectives) = network.objectives(
        batch: batch, height: size.height, width: size.width, loss: loss)
      request.training[batch] = .init(graph, objectives)
    }
    for batch in inference {
      request.inference[batch] = network.graph(batch: batch, height: size.height, width: size.width)
    }
    request.rule = updates && !sizes.isEmpty ? optimizerRule : nil
    request.fewestStatistics = fewest
    request.keepsSnapshot = writesCheckpoints && RunWriter.keepsCopy(memory)
    return request
  }

  /// A request for a network alone, without a batch.
  func request(of graph: Graph) -> NetworkRequest {
    var request = NetworkRequest(of: graph)
    (request.precision, request.memory) = (precision, memory)
    (request.synchronisesBatchNorm, request.seed) = (training.syncBatchNorm, training.seed)
    return request
  }

  /// What a device is asked for by a run with batches as large as they get.
  /// - Parameters:
  ///   - trains: false for an evaluation alone.
  ///   - use: what the run does with its memory.
  package func largestRequest(
    _ size: PatchSize, trains: Bool, evaluates: Bool = true, use: MemoryEstimate.Use = .run
  )
    -> NetworkRequest
  {
    request(
      size, training: trains ? [training.batchSize] : [], inference: evaluates ? [evaluation.batchSize] : [],
      writesCheckpoints: trains && use == .run)
  }
}
