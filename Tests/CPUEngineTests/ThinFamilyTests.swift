import Architectures
import Networks
import Testing

/// A member of each family with few channels, on every kernel path and the simulated GPU, with any number of threads and
/// with every way to save memory.
@Suite struct ThinFamilyTests {
  private static func network(_ backbone: some Backbone, _ head: HeadKind, _ shape: Shape) -> OperationCase {
    OperationCase("\(backbone.name), \(head.rawValue)", shape) { graph, x in
      let features = backbone.features(of: x, in: &graph, prefix: "net.")
      let head = Head(classes: 4, kind: head, dropout: 0)
      return backbone.classifier(of: features, in: &graph, prefix: "net.", head: head)
    }
  }

  /// Errors grow with depth, most of all in batch norms over few values.
  private static let limits = OperationCase.Limits(outputs: 1e-4, gradients: 1e-2)

  @Test(arguments: [
    network(VGG(.vgg16, width: 4, hidden: 8), .flatten, Shape(2, 36, 64, 3)),
    network(VGG(.vgg16BN, width: 4, hidden: 8), .pooled, Shape(3, 64, 40, 3)),
    network(DenseNet(.densenet121, growth: 4), .flatten, Shape(3, 64, 48, 3)),
    network(DenseNet(.densenet121, growth: 4), .pooled, Shape(3, 48, 64, 2)),
    network(DFN(width: 4, hidden: 8), .flatten, Shape(2, 64, 50, 3)),
    network(DFNN2(ResNet(.resnet50, width: 4), hidden: [8, 12, 8]), .mlp, Shape(3, 64, 48, 3)),
  ])
  func followsItsRules(_ network: OperationCase) throws {
    try network.check(
      on: GraphRunner.all.filter { $0.precision == .fp32 }, limits: Self.limits, differences: false)
  }
}
