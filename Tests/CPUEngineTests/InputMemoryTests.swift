import Basics
import CPUEngine
import Networks
import Testing

/// Memory that a caller binds as an input of a program.
@Suite struct InputMemoryTests {
  @Test func nameAndSizeAreChecked() throws {
    var graph = Graph()
    let x = graph.input("s2", Shape(1, 2, 2, 3))
    graph.markOutput(graph.relu(x, "relu"), "y")
    let program = graph.loweredForCPU(.inference)
    let executor = try CPUExecutor(
      program, store: ParameterStore(for: graph), pool: ThreadPool(threads: 1),
      workspace: CPUWorkspace(for: [program], threads: 1))
    let values = (0..<12).map { Float($0) - 6 }
    try values.withUnsafeBufferPointer { memory in
      for (name, memory, message) in [
        ("S2", memory, "input 'S2': the program has none of that name; its inputs are s2"),
        ("s2", UnsafeBufferPointer(rebasing: memory[..<11]), "expected 12 floats [N, H, W, C], found 11"),
        ("s2", UnsafeBufferPointer(start: nil, count: 0), "found 0"),
      ] {
        let error = #expect(throws: InputError.self) { try executor.bind(name, to: memory) }
        #expect(error?.kind == .usage && error?.description.contains(message) == true, "\(error as Any)")
      }
      try executor.bind("s2", to: memory)
      executor.run()
    }
    #expect(Array(executor.output("y")) == values.map { max($0, 0) })
  }
}
