import Networks

/// Concatenations that are computed without copies, as in the dense blocks of DenseNet.
///
/// A chain of concatenations, each with the one before as its first input, becomes one buffer, a block. Whatever
/// computes an input of the chain writes the channels of the input there, and each concatenation is the first
/// channels of the buffer.
///
/// Example: `c1 = [x, y1]`, `c2 = [c1, y2]` with 64, 32 and 32 channels become rows of 128 channels. x is written to
/// channels 0..<64, y1 to 64..<96, y2 to 96..<128; c1 is channels 0..<96.
struct ChannelBlocks {
  /// Channels of the concatenations' inputs, one after the other.
  struct Block {
    /// The value that each part holds, and its first channel.
    var parts: [(value: Int, begin: Int)] = []
    /// Values that are the first channels of the block: the concatenations, and its first part.
    var prefixes: [Int] = []
    var channels = 0
  }

  private(set) var blocks: [Block] = []
  /// Block and first channel of each value that is a part.
  private(set) var places: [Int: (block: Int, begin: Int)] = [:]
  /// Block of each concatenation.
  private(set) var concatenations: [Int: Int] = [:]
  /// The first concatenation of the same values, for each concatenation that is computed again in the backward pass.
  private(set) var repeated: [Int: Int] = [:]

  /// - Parameter isWritable: whether the instruction of a value can write it into a block, in the type of blocks.
  init(_ graph: Graph, isWritable: (Int) -> Bool) {
    var first: [[Int]: Int] = [:]
    var chains: [Int: Block] = [:]
    for (index, value) in graph.values.enumerated() where value.operation == .concatenate {
      let inputs = value.inputs.map { repeated[$0.index] ?? $0.index }
      if let earlier = first[inputs] {
        repeated[index] = earlier
        continue
      }
      first[inputs] = index
      // A chain goes on in one place only; it ends where its last concatenation is read by another one too.
      var chain = chains.removeValue(forKey: inputs[0]) ?? Block()
      for input in chain.parts.isEmpty ? inputs[...] : inputs.dropFirst() {
        chain.parts.append((input, chain.channels))
        chain.channels += graph.values[input].shape.channels
      }
      chain.prefixes.append(index)
      chains[index] = chain
    }
    for chain in chains.keys.sorted().map({ chains[$0]! }) { add(chain, graph, isWritable) }
    repeated = repeated.filter { concatenations[$0.value] != nil }
  }

  /// Makes a chain a block if an input of its first concatenation can be written into it. All concatenations of the
  /// chain then have the type of blocks.
  private mutating func add(_ chain: Block, _ graph: Graph, _ isWritable: (Int) -> Bool) {
    var block = chain
    block.prefixes.append(chain.parts[0].value)
    let written = chain.parts.filter { part in
      isWritable(part.value) && places[part.value] == nil
        && chain.parts.count { $0.value == part.value } == 1
    }
    let first = graph.values[chain.prefixes[0]].shape.channels
    guard written.contains(where: { $0.begin < first }) else { return }
    for part in written { places[part.value] = (blocks.count, part.begin) }
    for concatenation in chain.prefixes { concatenations[concatenation] = blocks.count }
    blocks.append(block)
  }
}

extension CPULowering {
  /// Whether the instruction of each value can write it into a block, in the type of activations.
  static func writableValues(_ graph: Graph) -> [Bool] {
    // Whether each value has the type of activations: it depends on a convolution, without float32 in between.
    var isActivation: [Bool] = []
    return graph.values.map { value in
      let follows = value.inputs.contains { isActivation[$0.index] }
      let (hasType, isWritable) =
        switch value.operation {
        case .convolution: (true, true)
        case .maxPool, .averagePool, .add, .average, .relu: (follows, true)
        case .adaptiveAveragePool, .batchNorm, .repeatedBatchNorm, .bias, .concatenate, .gatedSum, .scaledSum,
          .layerNorm, .attention:
          (follows, false)
        case .input, .linear, .globalAveragePool, .dropout, .sigmoid, .classWeights, .held, .loss:
          (false, false)
        case .convolutionInputGradient, .convolutionWeightGradient, .linearInputGradient,
          .linearWeightGradient, .biasGradient, .batchNormGradient, .frozenBatchNormGradient, .reluGradient,
          .gradientSum, .scale, .slice, .maxPoolGradient, .averagePoolGradient, .adaptiveAveragePoolGradient,
          .globalAveragePoolGradient, .dropoutGradient, .gatedSumGradient, .sigmoidGradient, .productSum,
          .layerNormGradient, .attentionGradient, .classWeightsInputGradient, .classWeightsGradient:
          (false, false)
        }
      isActivation.append(hasType)
      return hasType && isWritable
    }
  }

  /// The buffer that a value is computed into: its channels of a block, or a buffer of its own.
  mutating func output(_ id: ValueID, _ type: ElementType) -> BufferID {
    let value = graph[id]
    guard let place = channelBlocks.places[id.index], type == precision.activations else {
      return buffer(value.shape.count, type)
    }
    let block = channelBlocks.blocks[place.block]
    return view(
      of: memory(place.block), rows: value.shape.rows, channels: block.channels,
      place.begin..<place.begin + value.shape.channels)
  }

  /// The buffer of a block.
  private mutating func memory(_ number: Int) -> BufferID {
    if let buffer = blockBuffers[number] { return buffer }
    let block = channelBlocks.blocks[number]
    let last = graph.values[block.prefixes.dropLast().last!]
    buffers.append(.init(count: last.shape.count, type: precision.activations, layer: last.name, input: nil))
    let buffer = BufferID(index: buffers.count - 1)
    blockBuffers[number] = buffer
    return buffer
  }

  /// Some channels of a buffer that holds `rows` rows of `channels` channels.
  mutating func view(of buffer: BufferID, rows: Int, channels: Int, _ range: Range<Int>) -> BufferID {
    if range == 0..<channels { return buffer }
    let whole = buffers[buffer.index]
    let view = CPUProgram.View(
      buffer: whole.view?.buffer ?? buffer, begin: (whole.view?.begin ?? 0) + range.lowerBound,
      pitch: whole.view?.pitch ?? channels)
    if let same = views[view]?[range.count] { return same }
    let id = self.buffer(rows * range.count, whole.type)
    buffers[id.index].view = view
    views[view, default: [:]][range.count] = id
    return id
  }

  /// A concatenation whose block holds its inputs. Inputs that could not be written there are copied.
  mutating func lowerInPlace(_ value: Graph.Value, block number: Int) -> Stored {
    let memory = memory(number)
    let channels = channelBlocks.blocks[number].channels
    var begin = 0
    for id in value.inputs {
      let shape = graph[id].shape
      let place = view(
        of: memory, rows: shape.rows, channels: channels, begin..<begin + shape.channels)
      let input = operand(id)
      if !input.isPlain {
        emit(Combine(layer: value.name, shape: shape, a: input, b: nil, relu: false, out: place))
      } else if input.buffer != place {
        emit(
          CopyChannels(
            layer: value.name, rows: shape.rows, input: input.buffer, inputChannels: shape.channels,
            out: place, outChannels: shape.channels, channels: shape.channels))
      }
      begin += shape.channels
    }
    return .operand(
      Operand(buffer: view(of: memory, rows: value.shape.rows, channels: channels, 0..<begin)))
  }

  /// Whether all readers of a value are slices that do not overlap, so that each may overwrite its channels.
  func isOnlySliced(_ id: ValueID) -> Bool {
    let slices = readers[id.index].compactMap { reader in
      if case .slice(let slice) = graph.values[reader].operation { slice } else { nil }
    }.sorted { $0.begin < $1.begin }
    return slices.count == readers[id.index].count
      && zip(slices, slices.dropFirst()).allSatisfy { $0.begin + $0.channels <= $1.begin }
  }
}
