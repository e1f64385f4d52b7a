extension Graph {
  /// The channels of all values, in order.
  package mutating func concatenate(_ xs: [ValueID], _ name: String = "concatenate") -> ValueID {
    append(.concatenate, xs, name: name)
  }
}

extension Operation {
  /// Channels of the inputs one after the other.
  struct Concatenate: PassRules {
    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      let (shapes, x) = (inputs.shapes, inputs.shapes[0])
      precondition(
        shapes.allSatisfy { ($0.batch, $0.height, $0.width) == (x.batch, x.height, x.width) },
        "\(inputs.name): only channels may differ, found \(shapes)")
      return Shape(x.batch, x.height, x.width, shapes.reduce(0) { $0 + $1.channels })
    }
    func derivative(_ gradient: ValueID, on tape: inout Tape) -> [ValueID?] {
      var begin = 0
      return (0..<tape.inputCount).map { index in
        let channels = tape.inputShape(index).channels
        defer { begin += channels }
        return tape.gradient(of: index, .slice(Slice(begin: begin, channels: channels)), [gradient])
      }
    }
    var title: LayerTitle { .layer("channels stacked") }
    var repetition: Repetition { .cheap { _ in .concatenate } }
  }

  /// Channels `begin..<begin + channels` of the input.
  package struct Slice: PassRules, DerivativeRules {
    package let begin, channels: Int

    func outputShape(_ inputs: InputShapes, in graph: Graph) -> Shape {
      Shape(inputs.only.batch, inputs.only.height, inputs.only.width, channels)
    }
  }
}
