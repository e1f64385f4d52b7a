/// How a device computes the convolutions, or linear layers, of one kind.
package struct KernelChoice: Equatable, Sendable {
  /// The kind of layer: "3×3", "7×7/2", "linear".
  package let layer: String
  /// What computes it: "Winograd F(4×4), OpenBLAS".
  package let method: String
  /// How often each pass is computed so; 0 where another choice is made.
  package var forward = 0
  package var inputGradient = 0
  package var weightGradient = 0
  /// Operations as direct convolutions, two for each multiplication and addition.
  package var flops = 0

  package init(layer: String, method: String) {
    self.layer = layer
    self.method = method
  }
}
