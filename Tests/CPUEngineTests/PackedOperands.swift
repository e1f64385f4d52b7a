import CKernels
import CPUEngine

/// A convolution's input and window, with the matrix of its rows in double precision.
struct WindowedSource {
  let x: KernelTensor
  private let map: KernelTensor
  private let dh, dw: [Int32]
  private let isMapped: Bool
  private let images, height, width, channels, stride: Int
  private let rows, columns: Int
  private let range: Range<Int>

  var positions: Int { images * rows * columns }
  var depth: Int { dh.count * range.count }

  /// A window of `size` × `size` taps on two images; channels `range` of `channels`.
  init(
    _ type: ElementType, channels: Int, range: Range<Int>? = nil, size: Int, stride: Int = 1, isMapped: Bool
  ) {
    (images, height, width, self.channels, self.stride) = (2, 7, 6, channels, stride)
    (rows, columns) = ((height - 1) / stride + 1, (width - 1) / stride + 1)
    self.range = range ?? 0..<channels
    self.isMapped = isMapped
    x = KernelTensor(normalValues(images * height * width * channels, seed: 61), type)
    map = KernelTensor(normalValues(2 * channels, seed: 62), .float32)
    dh = (0..<size * size).map { Int32($0 / size - size / 2) }
    dw = (0..<size * size).map { Int32($0 % size - size / 2) }
  }

  func with(_ body: (_ source: UnsafePointer<fk_source>, _ window: UnsafePointer<fk_window>) -> Void) {
    dh.withUnsafeBufferPointer { dh in
      dw.withUnsafeBufferPointer { dw in
        var source = fk_source(
          data: x.memory, type: x.type.kernel, scale: isMapped ? map.floats : nil,
          shift: isMapped ? map.floats + channels : nil, relu: isMapped ? 1 : 0, height: Int32(height),
          width: Int32(width), channels: Int32(channels), pitch: Int32(channels))
        var window = fk_window(
          dh: dh.baseAddress, dw: dw.baseAddress, taps: Int32(dh.count), stride: Int32(stride),
          rows: Int32(rows), columns: Int32(columns), channel_begin: Int32(range.lowerBound),
          channel_end: Int32(range.upperBound))
        body(&source, &window)
      }
    }
  }

  /// Element k of the row of a position.
  var exact: [Exact] {
    let (input, map) = (x.exact, map.exact)
    return (0..<positions).flatMap { position in
      (0..<depth).map { k in
        let (tap, c) = (k / range.count, range.lowerBound + k % range.count)
        let h = position / columns % rows * stride + Int(dh[tap])
        let w = position % columns * stride + Int(dw[tap])
        guard h >= 0, h < height, w >= 0, w < width else { return Exact() }
        let value = input[((position / (rows * columns) * height + h) * width + w) * channels + c]
        guard isMapped else { return Exact() + value }
        let mapped = Exact() + value * map[c] + map[channels + c]
        return Exact(value: max(0, mapped.value), size: mapped.size)
      }
    }
  }

  /// The rows as `fk_gather` builds them, checked on their own.
  func gathered() -> [Float] {
    let out = KernelTensor(count: positions * depth, .float32)
    with { fk_gather($0, $1, 0, Int64(positions), out.floats) }
    return out.values
  }
}

/// Unpacks packed operands to rows: element [r][k] is the value of row r, place k of the depth.
enum Packed {
  /// Panels of `height` rows with lines of `line` elements.
  static func panels(_ values: [Float], rows: Int, depth: Int, height: Int, line: Int) -> [[Float]] {
    let lined = (depth + line - 1) / line * line
    return (0..<rows).map { r in
      let top = r / height * height
      let here = min(height, rows - top)
      return (0..<lined).map { k in values[top * lined + (k / line * here + r - top) * line + k % line] }
    }
  }

  /// The columns of slabs of 32. `group` neighbouring places of the depth are stored together: 1 for floats, 2 for
  /// pairs.
  static func slabs(_ values: [Float], columns: Int, depth: Int, group: Int) -> [[Float]] {
    let padded = (depth + group - 1) / group * group
    return (0..<(columns + 31) / 32 * 32).map { c in
      (0..<padded).map { k in
        values[c / 32 * 32 * padded + k / group * 32 * group + c % 32 * group + k % group]
      }
    }
  }
}
