/// The rules of an operation: its shape, derivative, parameters and cost.
///
/// No requirement has a default here: an operation that leaves one out does not compile. `PassRules` and `DerivativeRules`
/// are kinds of operations, which fix what all operations of the kind have in common.
protocol OperationRules: Hashable, Sendable {
  /// The shape of the result. A mismatch is an error in the code of a network, hence a precondition.
  func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape

  /// Appends the derivative to the tape: the gradient of each input, in their order, from the gradient of the
  /// result.
  ///
  /// Gradients of parameters are appended too. The gradient of an input that depends on no parameter is left
  /// out (`Tape.isWanted`).
  func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?]

  /// Parameters whose numbers it reads. The result of an operation that reads one gets a gradient, and no
  /// parameter is updated before its last reader has run.
  var parametersRead: [ParameterID] { get }

  /// Parameters whose gradient the operation sets.
  var parametersLearnt: [ParameterID] { get }

  /// How `plan` lists the operation.
  var title: LayerTitle { get }

  /// Floating-point operations: two for each pair of multiplication and addition of a matrix product. Passes over memory
  /// count 0. Example: a 1×1 convolution of 8×8 pixels from 4 to 6 channels counts 2 · 64 · 24.
  func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int

  /// Whether a training step with little memory may compute the result again instead of keeping it.
  var repetition: Repetition { get }
}

/// The rules of a pass over memory: an operation without parameters and without matrix products.
protocol PassRules: OperationRules {}

extension PassRules {
  var parametersRead: [ParameterID] { [] }
  var parametersLearnt: [ParameterID] { [] }
  func arithmetic(_ inputs: [Shape], _ output: Shape, in graph: Graph) -> Int { 0 }
}

/// The rules of a step of a derivative. It is not differentiated again, `plan` does not list it, and nothing computes it
/// twice.
protocol DerivativeRules: OperationRules {}

extension DerivativeRules {
  func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] { tape.endsHere() }
  var title: LayerTitle { .hidden }
  var repetition: Repetition { .never }
}

/// How `plan` lists an operation.
enum LayerTitle {
  /// As a layer: "convolution 3×3/2".
  case layer(String)
  /// As a layer, but only where its result is kept in memory. Otherwise its readers do its work.
  case whereKept(String)
  /// As a part of the layer before it: parameters and bytes are added to that layer.
  case ofLayerBefore
  /// Not at all: an input or a derivative.
  case hidden
}

/// Whether a result may be computed a second time, for the backward pass.
enum Repetition {
  /// The result is kept.
  case never
  /// The result is computed again, which takes a pass over memory at most. The closure gives the operation
  /// that computes it again, from the value of the first pass.
  case cheap((_ first: ValueID) -> Operation)
  /// The result is computed again where that takes few operations a byte (`Recomputation.operationsPerByte`).
  case byArithmetic((_ first: ValueID) -> Operation)
}

/// The shapes of an operation's inputs, with the checks that operations share.
struct InputShapes {
  let shapes: [Shape]
  /// The name of the value that the operation computes, for messages.
  let name: String

  /// The shape of the only input.
  var only: Shape {
    precondition(shapes.count == 1, "\(name): expected one input, found \(shapes.count)")
    return shapes[0]
  }

  /// The shape that all inputs have.
  var equal: Shape {
    precondition(
      !shapes.isEmpty && shapes.allSatisfy { $0 == shapes[0] },
      "\(name): the inputs must have one shape, found \(shapes)")
    return shapes[0]
  }

  /// The output shape of a window on the only input.
  func windowed(_ window: Window, channels: Int) -> Shape {
    let x = only
    let output = window.output(height: x.height, width: x.width)
    precondition(
      output.height > 0 && output.width > 0 && x.height + 2 * window.padding >= window.height
        && x.width + 2 * window.padding >= window.width,
      "\(name): a \(window.height)x\(window.width) window does not fit into \(x)")
    return Shape(x.batch, output.height, output.width, channels)
  }

  /// The output shape of a pooling window on the only input.
  func pooled(_ window: Window) -> Shape {
    precondition(
      2 * window.padding <= min(window.height, window.width),
      "\(name): padding may be at most half of the pooling window")
    return windowed(window, channels: only.channels)
  }
}
