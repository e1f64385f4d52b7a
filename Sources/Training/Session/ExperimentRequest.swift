import Basics
import Experiments
import Networks

extension Experiment {
  /// The request to a device for the programs of the experiment's network.
  /// - Parameters:
  ///   - size: height and width of the images.
  ///   - fileSize: height and width of the patches as they are stored; nil where images come from no data set.
  ///   - training, inference: batch sizes; in training the numbers of samples on this rank.
  ///   - updates: whether parameters are updated; if not, steps only compute losses and gradients.
  ///   - fewest: fewest samples from which batch norms compute the statistics of a step; nil unless several ranks share
  ///     them.
  ///   - writesInBackground: whether checkpoints are written while training goes on, in modes that do so.
  package func request(
    _ size: PatchSize, from fileSize: PatchSize? = nil, training sizes: Set<Int> = [],
    inference: Set<Int> = [], updates: Bool = true, fewest: Int? = nil, writesInBackground: Bool = false
  ) -> NetworkRequest {
    let network = network
    var request = request(of: network.graph(batch: 1, height: size.height, width: size.width))
    for batch in sizes {
      let (graph, objectives) = network.objectives(
        batch: batch, height: size.height, width: size.width, loss: loss)
      request.training[batch] = .init(frozen(graph), objectives)
    }
    for batch in inference {
      request.inference[batch] = network.graph(batch: batch, height: size.height, width: size.width)
    }
    request.updates = self.updates(request.parameters)
    request.rule = updates && !sizes.isEmpty ? optimizerRule : nil
    request.fewestStatistics = fewest
    request.keepsSnapshot = writesInBackground && memory != .low
    if let fileSize { request.storedImages = storedImages(fileSize) }
    return request
  }

  /// The stored images of each input, in patches of a size.
  private func storedImages(_ size: PatchSize) -> [String: StoredImage] {
    inputs.reduce(into: [:]) { images, input in
      images[input.name] = StoredImage(
        gridBytes: input.sensor.deliveries(at: size).map(\.bytes))
    }
  }

  /// A request for a network alone, without a batch.
  func request(of graph: Graph) -> NetworkRequest {
    var request = NetworkRequest(of: graph)
    (request.precision, request.memory) = (precision, memory)
    (request.synchronisesBatchNorm, request.seed) = (training.syncBatchNorm, training.seed)
    return request
  }

  /// The request to a device for the largest batches of a run.
  /// - Parameters:
  ///   - fileSize: height and width of the patches as they are stored; nil where images come from no data set.
  ///   - trains: false for an evaluation alone.
  ///   - use: whether the request is for a run or for a benchmark, which writes no checkpoints.
  package func largestRequest(
    _ size: PatchSize, from fileSize: PatchSize? = nil, trains: Bool, evaluates: Bool = true,
    use: MemoryEstimate.Use = .run
  )
    -> NetworkRequest
  {
    request(
      size, from: fileSize, training: trains ? [training.batchSize] : [],
      inference: evaluates ? [evaluation.batchSize] : [],
      writesInBackground: trains && use == .run)
  }
}
