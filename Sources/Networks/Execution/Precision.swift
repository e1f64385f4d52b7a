/// The type in which activations are kept and convolutions multiply.
///
/// Parameters, their gradients, statistics and vectors of batch norms, the transforms and products of
/// Winograd, the pooled features and all that follows them are float32 in any case.
package enum Precision: String, CaseIterable, Sendable {
  /// Everything in float32.
  case fp32
  /// Activations and their gradients in bfloat16; convolutions multiply bfloat16 and add in float32, with the
  /// instructions of AVX512_BF16.
  case bf16
  /// The same roundings, but products of float32: slower, on any processor.
  case bf16Emulated = "bf16-emulated"
}
