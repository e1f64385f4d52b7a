/// The first layers of a network, which decide how many pixels the others see.
///
/// Example: `layer1` of a ResNet sees 16×16 pixels of a patch of 64×64 behind `7x7`, and 64×64 behind `3x3`.
public enum Stem: String, CaseIterable, Hashable, Sendable {
  /// A 7×7 convolution of stride 2 and a max pool of stride 2, as published: a quarter of the patch's height and width.
  case sevenBySeven = "7x7"
  /// A 3×3 convolution of stride 1 and no max pool, for small patches: the height and width of the patch.
  case threeByThree = "3x3"
}
