/// Writes the pickle of a PyTorch file, in protocol 2.
struct TorchPickleWriter {
  private var bytes: [UInt8] = [0x80, 2]

  /// The pickle with its last instruction.
  mutating func finished() -> [UInt8] { bytes + Array(".".utf8) }

  /// A dictionary. `body` writes keys and values in turn.
  mutating func dictionary(_ body: (inout TorchPickleWriter) -> Void) {
    bytes += Array("}(".utf8)
    body(&self)
    bytes += Array("u".utf8)
  }

  /// A `collections.OrderedDict`, in which PyTorch keeps the tensors of a network.
  mutating func orderedDictionary(_ body: (inout TorchPickleWriter) -> Void) {
    bytes += Array("ccollections\nOrderedDict\n)R(".utf8)
    body(&self)
    bytes += Array("u".utf8)
  }

  mutating func emptyList() { bytes += Array("]".utf8) }

  mutating func text(_ text: String) {
    bytes += Array("X".utf8) + little(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  mutating func float(_ value: Double) {
    bytes += Array("G".utf8) + withUnsafeBytes(of: value.bitPattern.bigEndian, Array.init)
  }

  mutating func integer(_ value: Int) {
    switch value {
    case 0...0xFF: bytes += Array("K".utf8) + [UInt8(value)]
    case 0...0xFFFF: bytes += Array("M".utf8) + little(UInt16(value))
    case Int(Int32.min)...Int(Int32.max): bytes += Array("J".utf8) + little(Int32(value))
    default: bytes += [0x8A, 8] + little(Int64(value))
    }
  }

  /// A tensor that fills a storage, row-major.
  mutating func tensor(_ storage: String, key: Int, shape: [Int]) {
    bytes += Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8)
    text("storage")
    bytes += Array("ctorch\n\(storage)\n".utf8)
    text(String(key))
    text("cpu")
    integer(shape.reduce(1, *))
    bytes += Array("tQK".utf8) + [0]
    tuple(shape)
    var strides: [Int] = []
    var stride = 1
    for length in shape.reversed() {
      strides.insert(stride, at: 0)
      stride *= max(length, 1)
    }
    tuple(strides)
    bytes += [0x89] + Array("ccollections\nOrderedDict\n)RtR".utf8)
  }

  private mutating func tuple(_ values: [Int]) {
    bytes += Array("(".utf8)
    for value in values { integer(value) }
    bytes += Array("t".utf8)
  }

  private func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
  }
}
