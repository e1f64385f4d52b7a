import Networks
import TestSupport
import Testing

// Cases of the reference set, in the engine's shapes and layouts.

/// Cases of pointwise operations, poolings and linear layers.
enum PointwiseReference {
  private static let cases = try! Fixtures.json("ops/ops.json").pointwise_pool_linear.array
  static let tensors = try! Fixtures.tensors("ops/pointwise_pool_linear.safetensors")
  static func cases(_ prefix: String) -> [JSON] { cases.filter { $0.key.string!.hasPrefix(prefix) } }
}

extension JSON: CustomTestStringConvertible {
  package var testDescription: String { self["key"].string ?? "case without a key" }
}

extension ReferenceTensors.Entry {
  /// The values of an entry `[N, C, H, W]` or `[N, C]`, in the order of `[N, H, W, C]`.
  var imageOrder: [Double] {
    let images = shape[0]
    let channels = shape[1]
    let pixels = shape.dropFirst(2).reduce(1, *)
    var result = [Double](repeating: 0, count: values.count)
    for n in 0..<images {
      for c in 0..<channels {
        for p in 0..<pixels {
          result[(n * pixels + p) * channels + c] = values[(n * channels + c) * pixels + p]
        }
      }
    }
    return result
  }

  var imageFloats: [Float] { imageOrder.map(Float.init) }

  /// The shape as one of the engine.
  var imageShape: Shape {
    Shape(shape[0], shape.count > 2 ? shape[2] : 1, shape.count > 3 ? shape[3] : 1, shape[1])
  }
}

/// The tolerance of a reference case: ten times PyTorch's error in float32, at least 1e-5.
func tolerance(_ float32Error: JSON) -> Double { max(1e-5, 10 * (float32Error.double ?? 0)) }
