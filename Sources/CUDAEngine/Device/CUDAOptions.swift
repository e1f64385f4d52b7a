/// How a GPU computes, for checks of the engine. No option changes a number.
package struct CUDAOptions: Sendable {
  /// Whether the work of a step is captured once and then launched as one CUDA graph.
  package var usesGraphs = true
  /// Whether every buffer has memory of its own, which is NaN outside of its use: see `MemoryCheck`.
  package var checksMemory = false

  package init() {}
}
