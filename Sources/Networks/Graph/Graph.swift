/// A network as data: values in order of computation, each made by one operation from earlier values.
///
/// A graph holds no numbers. A backbone builds it, `differentiated` extends it by derivatives, and an
/// executor lowers it to a program.
public struct Graph: Sendable {
  /// A value and the operation that computes it.
  package struct Value: Sendable {
    package let operation: Operation
    package let inputs: [ValueID]
    package let shape: Shape
    /// The layer, by its PyTorch module path, e.g. `layer1.0.conv2`.
    package let name: String
  }

  package private(set) var values: [Value] = []
  package private(set) var parameters: [Parameter] = []
  package private(set) var statistics: [Statistic] = []
  /// Values that stay readable after a run, by name.
  package private(set) var outputs: [String: ValueID] = [:]

  package init() {}

  /// A graph without values that has the parameters and statistics of another.
  package init(parametersOf other: Graph) {
    parameters = other.parameters
    statistics = other.statistics
  }

  package subscript(id: ValueID) -> Value { values[id.index] }
  package subscript(id: ParameterID) -> Parameter { parameters[id.index] }
  package subscript(id: StatisticID) -> Statistic { statistics[id.index] }

  /// Number of trained numbers.
  package var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// The inputs by name.
  package var inputs: [String: Shape] {
    var shapes: [String: Shape] = [:]
    for value in values {
      if case .input(let input) = value.operation { shapes[input.name] = value.shape }
    }
    return shapes
  }

  /// Adds a value; its shape follows from the operation.
  package mutating func append(_ operation: Operation, _ inputs: [ValueID], name: String) -> ValueID {
    let shapes = InputShapes(shapes: inputs.map { self[$0].shape }, name: name)
    let shape = operation.rules.outputShape(shapes, in: self)
    values.append(Value(operation: operation, inputs: inputs, shape: shape, name: name))
    return ValueID(index: values.count - 1)
  }

  /// Adds a parameter.
  /// - Parameter startsAtZero: whether a training from scratch begins with zeros.
  package mutating func addParameter(
    _ name: String, _ kind: Parameter.Kind, startsAtZero: Bool = false
  ) -> ParameterID {
    precondition(!parameters.contains { $0.name == name }, "two parameters are named \(name)")
    parameters.append(Parameter(name: name, kind: kind, startsAtZero: startsAtZero))
    return ParameterID(index: parameters.count - 1)
  }

  mutating func addStatistic(_ name: String, count: Int, initialValue: Float) -> StatisticID {
    statistics.append(Statistic(name: name, count: count, initialValue: initialValue))
    return StatisticID(index: statistics.count - 1)
  }

  /// Keeps a value readable after a run.
  package mutating func markOutput(_ value: ValueID, _ name: String) { outputs[name] = value }
}
