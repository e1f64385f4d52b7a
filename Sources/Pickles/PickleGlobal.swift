/// The names that stand for something this reader does itself; nothing is looked up or called.
enum PickleGlobal: UInt8 {
  case orderedDict, defaultDict, encode, dtype, ndarray, reconstruct, scalar, frombuffer

  /// - Returns: nil for any name that is not allowed.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDict
    case ("collections", "defaultdict"): self = .defaultDict
    case ("_codecs", "encode"): self = .encode
    case ("numpy", "dtype"): self = .dtype
    case ("numpy", "ndarray"): self = .ndarray
    case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"):
      self = .reconstruct
    case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"): self = .scalar
    case ("numpy._core.numeric", "_frombuffer"): self = .frombuffer
    default: return nil
    }
  }
}
