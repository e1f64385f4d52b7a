import Basics
import CCUDA
import Networks
import SimulatedGPU

@testable import CUDAEngine

/// A pass of a convolution with random operands, and its result in float64.
struct ConvolutionProblem: Sendable {
  let work: ConvolutionWork
  let type: ConvolutionType
  /// Images of the layer's input, weights `[Cout, KH, KW, Cin]`, and images of its output, rounded to the type.
  let x, weight, y: [Float]

  init(_ pass: ConvolutionWork.Pass, _ window: Window, _ input: Shape, outputs: Int, _ type: ConvolutionType)
  {
    let size = window.output(height: input.height, width: input.width)
    let output = Shape(input.batch, size.height, size.width, outputs)
    work = ConvolutionWork(pass: pass, window: window, input: input, output: output)
    self.type = type
    let element = type.storage.element
    x = normal(input.count, element, seed: 1)
    weight = normal(outputs * window.taps * input.channels, element, seed: 2)
    y = normal(output.count, element, seed: 3)
  }

  /// 3×3 with stride 1 on images of 5 by 5 with 8 channels.
  static let small = ConvolutionProblem(
    .forward, Window(3, 3, padding: 1), Shape(2, 5, 5, 8), outputs: 16, .float32)

  /// The operand that the pass writes.
  private var result: [Float] {
    switch work.pass {
    case .forward: y
    case .inputGradient: x
    case .weightGradient: weight
    }
  }

  /// The result by sums in float64.
  var expected: [Double] {
    let (window, input, output) = (work.window, work.input, work.output)
    var sums = [Double](repeating: 0, count: result.count)
    for n in 0..<output.batch {
      for p in 0..<output.height {
        for q in 0..<output.width {
          for tap in 0..<window.taps {
            let h = p * window.stride - window.padding + tap / window.width
            let w = q * window.stride - window.padding + tap % window.width
            guard (0..<input.height).contains(h), (0..<input.width).contains(w) else { continue }
            let to = ((n * output.height + p) * output.width + q) * output.channels
            let from = ((n * input.height + h) * input.width + w) * input.channels
            for o in 0..<output.channels {
              for i in 0..<input.channels {
                let (at, of) = (from + i, (o * window.taps + tap) * input.channels + i)
                switch work.pass {
                case .forward: sums[to + o] += Double(x[at]) * Double(weight[of])
                case .inputGradient: sums[at] += Double(y[to + o]) * Double(weight[of])
                case .weightGradient: sums[of] += Double(x[at]) * Double(y[to + o])
                }
              }
            }
          }
        }
      }
    }
    return sums
  }

  /// The problem in the memory of the device.
  struct Placed {
    let plan: ConvolutionPlan
    let bound: ConvolutionPlan.Bound
    let library: CUDNNHandle
    let memory: [DeviceMemory]
    let result: DeviceMemory
  }

  func placed(_ program: SimulatedProgram, in stream: CUDAStream) throws -> Placed {
    let library = try CUDNNHandle(program.libraries.cudnn, stream)
    let plan = try ConvolutionPlan(work, type, on: library)
    func upload(_ values: [Float], isResult: Bool) throws -> DeviceMemory {
      let bytes = type.storage.bytes * values.count
      let memory = try DeviceMemory(bytes, on: program.context, for: "a test")
      guard !isResult else { return memory }
      let locked = try PinnedMemory(bytes, on: program.context, for: "a test")
      for (index, value) in values.enumerated() {
        let bits = type.storage.element.bits(value)
        if type.storage.bytes == 4 {
          locked.pointer.storeBytes(of: bits, toByteOffset: 4 * index, as: UInt32.self)
        } else {
          locked.pointer.storeBytes(of: UInt16(bits), toByteOffset: 2 * index, as: UInt16.self)
        }
      }
      try withExtendedLifetime(locked) {
        try stream.copy(bytes, from: locked.pointer, to: memory.address, "a test")
        try stream.synchronise("a test")
      }
      return memory
    }
    let x = try upload(x, isResult: work.pass == .inputGradient)
    let weight = try upload(weight, isResult: work.pass == .weightGradient)
    let y = try upload(y, isResult: work.pass == .forward)
    let workspace = try DeviceMemory(plan.workspace, on: program.context, for: "a test")
    let bound = try plan.bound(
      x: x.address, weight: weight.address, y: y.address, workspace: workspace.address)
    let target =
      switch work.pass {
      case .forward: y
      case .inputGradient: x
      case .weightGradient: weight
      }
    return Placed(
      plan: plan, bound: bound, library: library, memory: [x, weight, y, workspace], result: target)
  }

  /// The result of cuDNN.
  func computed(_ program: SimulatedProgram) throws -> [Double] {
    let stream = try program.stream()
    let placed = try placed(program, in: stream)
    let locked = SimulatedGPU.keep(
      try PinnedMemory(placed.result.bytes, on: program.context, for: "a test"))
    try withExtendedLifetime(placed) {
      try placed.bound.run()
      try stream.copy(placed.result.bytes, from: placed.result.address, to: locked.pointer, "a test")
      try stream.synchronise("a test")
    }
    return (0..<result.count).map { index in
      let bits =
        type.storage.bytes == 4
        ? locked.pointer.load(fromByteOffset: 4 * index, as: UInt32.self)
        : UInt32(locked.pointer.load(fromByteOffset: 2 * index, as: UInt16.self))
      return Double(type.storage.element.value(bits))
    }
  }
}

extension CUDAType {
  var element: Element {
    switch self {
    case .float32: .f32
    case .bfloat16: .bf16
    case .float16: .f16
    }
  }
}
