import Basics
import CCUDA
import SimulatedGPU
import Testing

@testable import CUDAEngine

/// A program with one mistake, and words of the complaint that it must cause.
struct Mistake: Sendable, CustomTestStringConvertible {
  let testDescription, complaint: String
  let body: @Sendable (SimulatedProgram) throws -> Void

  init(_ name: String, _ complaint: String, _ body: @escaping @Sendable (SimulatedProgram) throws -> Void) {
    (testDescription, self.complaint, self.body) = (name, complaint, body)
  }

  /// The call with the mistake returns an error, which the body may throw.
  func isFound() throws {
    let found = try SimulatedGPU.complaint { environment in
      let program = try SimulatedProgram(environment)
      try? body(program)
    }
    #expect(found?.contains(complaint) == true, "found: \(found ?? "nothing")")
  }
}

/// Mistakes in calls of the driver are found where they are made.
@Suite struct MistakeTests {
  private static let count = 64

  @Test(arguments: memory) func ofMemory(_ mistake: Mistake) throws { try mistake.isFound() }
  @Test(arguments: order) func ofOrder(_ mistake: Mistake) throws { try mistake.isFound() }
  @Test(arguments: captures) func ofCaptures(_ mistake: Mistake) throws { try mistake.isFound() }
  @Test(arguments: modules) func ofModules(_ mistake: Mistake) throws { try mistake.isFound() }

  private static let memory = [
    Mistake("a kernel reads freed memory", "argument 0 is not in the memory of the device") { program in
      let y = try program.memory(count)
      let freed = try program.temporary(count).address
      try program.double(freed, y.address, count, in: program.stream())
    },
    Mistake("a kernel reads memory of the machine", "argument 0 is not in the memory of the device") {
      program in
      let (x, y) = (try program.locked([1]), try program.memory(1))
      try program.double(UInt64(UInt(bitPattern: x.pointer)), y.address, 1, in: program.stream())
    },
    Mistake("a graph reads memory that was freed after its capture", "uses memory that was freed") {
      program in
      let (stream, y) = (try program.stream(), try program.memory(count))
      func capture() throws -> CapturedGraph {
        let x = try program.temporary(count)
        return try stream.capture { try program.double(x.address, y.address, count, in: stream) }
      }
      try capture().launch(in: stream)
    },
    Mistake("memory is freed while queued work uses it", "memory that queued work uses") { program in
      let (stream, y) = (try program.stream(), try program.memory(count))
      func queue() throws {
        let x = try program.temporary(count)
        try program.double(x.address, y.address, count, in: stream)
      }
      try queue()
      try program.finish()
    },
    Mistake("memory is freed twice", "no live allocation") { program in
      let address = try program.temporary(count).address
      _ = program.functions.cuMemFree_v2(address)
    },
    Mistake("a copy from memory that is not locked", "from memory that is not locked") { program in
      let (stream, x) = (try program.stream(), try program.memory(2))
      try [Float(1), 2].withUnsafeBytes { try stream.copy(8, from: $0.baseAddress!, to: x.address, "a test") }
    },
    Mistake("a copy to memory that is not locked", "to memory that is not locked") { program in
      let (stream, x) = (try program.stream(), try program.memory(2))
      var values: [Float] = [1, 2]
      try values.withUnsafeMutableBytes {
        try stream.copy(8, from: x.address, to: $0.baseAddress!, "a test")
      }
    },
    Mistake("a copy of a number too many", "leaves the memory of the device") { program in
      let (stream, x, y) = (try program.stream(), try program.memory(4), try program.memory(5))
      try stream.copy(20, from: y.address, to: x.address, "a test")
    },
    Mistake("a fill of a number too many", "leaves the memory of the device") { program in
      let (stream, x) = (try program.stream(), try program.memory(4))
      try stream.fill(17, at: x.address, with: 0, "a test")
    },
    Mistake("a copy between places that overlap", "places that overlap") { program in
      let (stream, x) = (try program.stream(), try program.memory(8))
      try stream.copy(20, from: x.address, to: x.address + 12, "a test")
    },
  ]

  private static let order = [
    Mistake("work in the null stream", "the null stream") { program in
      let x = try program.memory(1)
      _ = program.functions.cuMemsetD8Async(x.address, 0, 4, nil)
    },
    Mistake("work in a stream that was destroyed", "a handle that does not exist") { program in
      let x = try program.memory(1)
      let handle = try CUDAStream(on: program.context).handle
      _ = program.functions.cuMemsetD8Async(x.address, 0, 4, handle)
    },
    Mistake("a wait for a mark that was never made", "never recorded") { program in
      try program.stream().wait(for: program.event())
    },
    Mistake("an event that was destroyed", "a handle that does not exist") { program in
      let handle = try CUDAEvent(on: program.context).handle
      _ = program.functions.cuEventSynchronize(handle)
    },
    Mistake("the time of an event without times", "has none") { program in
      let (stream, event) = (try program.stream(), try program.event())
      try event.record(in: stream)
      var time: Float = 0
      _ = program.functions.cuEventElapsedTime(&time, event.handle, event.handle)
    },
    Mistake("a call without a context", "without a current context") { program in
      _ = program.functions.cuCtxSetCurrent(nil)
      defer { try? program.context.makeCurrent() }
      var address: fcu_address = 0
      _ = program.functions.cuMemAlloc_v2(&address, 4)
    },
  ]

  /// Each breaks the capture, which then gives no graph.
  private static let captures = [
    Mistake("memory is allocated in a capture", "cuMemAlloc_v2 while a stream is captured") { program in
      let stream = try program.stream()
      #expect(throws: InputError.self) { _ = try stream.capture { _ = try? program.memory(4) } }
    },
    Mistake("a stream is waited for in its capture", "cuStreamSynchronize while a stream is captured") {
      program in
      let stream = try program.stream()
      #expect(throws: InputError.self) { _ = try stream.capture { try? stream.synchronise("a test") } }
    },
    Mistake("an event is waited for in a capture", "cuEventSynchronize while a stream is captured") {
      program in
      let (stream, event) = (try program.stream(), try program.event())
      #expect(throws: InputError.self) { _ = try stream.capture { try? event.synchronise("a test") } }
    },
    Mistake("a kernel is loaded in a capture", "cuModuleLoadData while a stream is captured") { program in
      let stream = try program.stream()
      #expect(throws: InputError.self) {
        _ = try stream.capture { _ = try? program.kernels.function("fill_u32") }
      }
    },
    Mistake("a captured stream waits for work that is not captured", "a mark that is not captured") {
      program in
      let (stream, event) = (try program.stream(), try program.event())
      try event.record(in: program.stream())
      #expect(throws: InputError.self) { _ = try stream.capture { try? stream.wait(for: event) } }
    },
    Mistake("a captured stream does not wait for another one", "does not wait for another one") { program in
      let (stream, other, event) = (try program.stream(), try program.stream(), try program.event())
      let x = try program.memory(4)
      #expect(throws: InputError.self) {
        _ = try stream.capture {
          try event.record(in: stream)
          try other.wait(for: event)
          try other.fill(4, at: x.address, with: 0, "a test")
        }
      }
    },
    Mistake("a capture within a capture", "captured already") { program in
      let stream = try program.stream()
      _ = try stream.capture { _ = program.functions.cuStreamBeginCapture_v2(stream.handle, 1) }
    },
  ]

  private static let modules = [
    Mistake("a kernel of another unit", "no kernel add_masked_bf16 in the module") { program in
      var function: fcu_function?
      try load(program, "#define ELEMENT f32\nKERNEL(add_masked)\n") {
        _ = program.functions.cuModuleGetFunction(&function, $0, "add_masked_bf16")
      }
    },
    Mistake("a kernel that the emulation does not have", "no kernel absent") { program in
      try load(program, "KERNEL(absent)\n")
    },
    Mistake("a module for another architecture", "for sm_80 on a device sm_90") { program in
      try load(program, "KERNEL(fill_u32)\n", architecture: 80)
    },
    Mistake("a damaged module", "is damaged") { program in
      try load(program, "KERNEL(fill_u32)\n") { _ in
      } damaging: {
        $0[$0.count - 30] ^= 1
      }
    },
    Mistake("a kernel with a barrier that not all threads reach", "mistake_branch") { program in
      let (stream, y) = (try program.stream(), try program.memory(256))
      try load(program, "KERNEL(mistake_branch)\n") { module in
        var function: fcu_function?
        _ = program.functions.cuModuleGetFunction(&function, module, "mistake_branch")
        let arguments = PackedArguments([.address(y.address), .int(255)])
        try stream.launch(function!, "mistake_branch", arguments, .one)
        let error = #expect(throws: InputError.self) { try stream.synchronise("a test") }
        #expect(error?.kind == .lostDevice)
      }
    },
  ]

  private static func load(
    _ program: SimulatedProgram, _ source: String, architecture: Int = 90,
    using: (fcu_module?) throws -> Void = { _ in }, damaging: (inout [UInt8]) -> Void = { _ in }
  ) throws {
    var code = try program.libraries.nvrtc.get().compile(
      source, name: "a test", options: ["--gpu-architecture=sm_\(architecture)"]
    ).code
    damaging(&code)
    var module: fcu_module?
    try program.libraries.driver.check(
      code.withUnsafeBytes { program.functions.cuModuleLoadData(&module, $0.baseAddress) }, "a test")
    defer { _ = program.functions.cuModuleUnload(module) }
    try using(module)
  }
}
