import CKernels
import CPUEngine
import Testing

/// Winograd's transforms read and write either type; their arithmetic is in float.
@Suite struct WinogradKernelTests {
  private let images = 2
  private let height = 6
  private let width = 9
  private let channels = 64
  private var pixels: Int { images * height * width }
  private var tiles: Int { images * 2 * 3 }

  /// Values that both types represent exactly.
  private func values(seed: UInt64) -> [Float] {
    normalValues(pixels * channels, seed: seed).map(ElementType.bfloat16.stored)
  }

  @Test(arguments: [false, true]) func inputsOfBothTypesGiveTheSame(_ isMapped: Bool) {
    let map = KernelTensor(normalValues(2 * channels, seed: 81), .float32)
    let results = ElementType.allCases.map { type in
      let x = KernelTensor(values(seed: 82), type)
      var source = fk_source(
        data: x.memory, type: type.kernel, scale: isMapped ? map.floats : nil,
        shift: isMapped ? map.floats + channels : nil, relu: 1, height: Int32(height), width: Int32(width),
        channels: Int32(channels), pitch: Int32(channels))
      let out = KernelTensor(count: 36 * tiles * channels, .float32)
      fk_winograd_input(&source, 0, Int64(tiles), 0, Int32(channels), 5, Int64(tiles * channels), out.floats)
      return out.values
    }
    #expect(results[0] == results[1])
  }

  @Test func gradientsOfBothTypesGiveTheSame() {
    let results = ElementType.allCases.map { type in
      let g = KernelTensor(values(seed: 83), type)
      let out = KernelTensor(count: 36 * tiles * channels, .float32)
      fk_winograd_gradient(
        g.memory, type.kernel, Int32(height), Int32(width), Int64(channels), 0, Int64(tiles), 0,
        Int32(channels), 32, Int64(tiles * channels), out.floats)
      return out.values
    }
    #expect(results[0] == results[1])
  }

  @Test func outputsAreRoundedOnce() {
    let products = KernelTensor(normalValues(36 * tiles * channels, seed: 84), .float32)
    let results = ElementType.allCases.map { type in
      let y = KernelTensor(count: pixels * channels, type)
      fk_winograd_output(
        products.floats, Int64(tiles * channels), Int32(height), Int32(width), Int64(channels), 0,
        Int64(tiles), 0, Int32(channels), y.memory, type.kernel)
      return y.values
    }
    #expect(results[0].map(ElementType.bfloat16.stored) == results[1])
  }
}
