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
    let input = machine.elements(input)
    let out = machine.elements(out)
    let blocks = Blocks.pass(rows: rows, channels: channels)
    machine.pool.run(blocks.number) { block, _ in
      let range = blocks.range(block)
      fk_copy_channels(
        input + range.lowerBound * inputChannels, input.type, Int32(inputChannels), Int32(inputBegin),
        out + range.lowerBound * outChannels, out.type, Int32(outChannels), Int32(outBegin), Int32(channels),
        Int64(range.count), scale)
    }
  }
}

extension CPULowering {
  mutating func lowerConcatenate(_ value: Graph.Value) -> Stored {
    let inputs = value.inputs.map { materialised($0) }
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

  /// Copies channels `begin..<begin + channels` of the input to a new buffer, times `scale`.
  mutating func copyChannels(
    _ value: Graph.Value, from begin: Int, channels: Int, scale: Float
  ) -> Stored {
    let input = materialised(value.inputs[0])
    let out = disposableBuffer(value.shape.count, type(input))
    emit(
      CopyChannels(
        layer: value.name, rows: value.shape.rows, input: input,
        inputChannels: graph[value.inputs[0]].shape.channels, inputBegin: begin, out: out,
        outChannels: channels, channels: channels, scale: scale))
    return .operand(Operand(buffer: out))
  }
}
