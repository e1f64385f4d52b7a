import CKernels
import Networks

/// Copies channels of one value into channels of another, times a factor: for concatenations, slices and scaling.
struct CopyChannels: Instruction {
  let layer: String
  let rows: Int
  let input: BufferID
  let inputChannels: Int
  var inputBegin = 0
  let out: BufferID
  let outChannels: Int
  var outBegin = 0
  let channels: Int
  var scale: Float = 1

  var reads: [BufferID] { [input] }
  var writes: [BufferID] { [out] }

  func run(_ machine: CPUMachine) {
    let input = machine.rows(input, channels: inputChannels)
    let out = machine.rows(out, channels: outChannels)
    let blocks = Blocks.pass(rows: rows, channels: channels)
    machine.pool.run(blocks.number) { block, _ in
      let range = blocks.range(block)
      fk_copy_channels(
        input.at(range.lowerBound), input.type, Int32(input.pitch), Int32(inputBegin),
        out.at(range.lowerBound), out.type, Int32(out.pitch), Int32(outBegin), Int32(channels),
        Int64(range.count), scale)
    }
  }
}

extension CPULowering {
  mutating func lowerConcatenate(_ value: Graph.Value) -> Stored {
    if let first = channelBlocks.repeated[current] { return stored[first] }
    if let block = channelBlocks.concatenations[current] { return lowerInPlace(value, block: block) }
    let inputs = value.inputs.map { plain($0) }
    let out = buffer(value.shape.count, type(inputs.map { Operand(buffer: $0) }))
    var begin = 0
    for (id, input) in zip(value.inputs, inputs) {
      let channels = graph[id].shape.channels
      emit(
        CopyChannels(
          layer: value.name, rows: value.shape.rows, input: input, inputChannels: channels,
          out: out, outChannels: value.shape.channels, outBegin: begin, channels: channels))
      begin += channels
    }
    return .operand(Operand(buffer: out))
  }

  /// Channels of a gradient: in place, unless another reader needs them as they are.
  mutating func lowerSlice(_ value: Graph.Value, _ slice: Operation.Slice) -> Stored {
    let id = value.inputs[0]
    let whole = plain(id)
    guard isOnlySliced(id), buffers[whole.index].input == nil else {
      return copyChannels(value, from: slice.begin, channels: slice.channels, scale: 1)
    }
    let part = view(
      of: whole, rows: value.shape.rows, channels: graph[id].shape.channels,
      slice.begin..<slice.begin + slice.channels)
    if disposable.contains(whole) { disposable.insert(part) }
    return .operand(Operand(buffer: part))
  }

  /// Copies channels `begin..<begin + channels` of the input to a new buffer, times `scale`.
  mutating func copyChannels(
    _ value: Graph.Value, from begin: Int, channels: Int, scale: Float
  ) -> Stored {
    let input = plain(value.inputs[0])
    let out = disposableBuffer(value.shape.count, type(input))
    emit(
      CopyChannels(
        layer: value.name, rows: value.shape.rows, input: input,
        inputChannels: graph[value.inputs[0]].shape.channels, inputBegin: begin, out: out,
        outChannels: channels, channels: channels, scale: scale))
    return .operand(Operand(buffer: out))
  }
}
