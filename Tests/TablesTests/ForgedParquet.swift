/// Writes structures of Thrift's compact protocol, right or wrong ones.
struct ThriftWriter {
  private(set) var bytes: [UInt8] = []
  private var last = 0

  init(_ fields: (inout ThriftWriter) -> Void) {
    fields(&self)
    bytes.append(0)
  }

  mutating func integer(_ id: Int, _ value: Int) {
    head(id, 6)
    bytes += Self.varint(UInt64(bitPattern: Int64(value << 1 ^ value >> 63)))
  }

  mutating func text(_ id: Int, _ text: String) {
    head(id, 8)
    bytes += Self.varint(UInt64(text.utf8.count)) + text.utf8
  }

  mutating func boolean(_ id: Int, _ value: Bool) { head(id, value ? 1 : 2) }

  mutating func structure(_ id: Int, _ fields: (inout ThriftWriter) -> Void) {
    head(id, 12)
    bytes += ThriftWriter(fields).bytes
  }

  mutating func list(_ id: Int, _ structures: [[UInt8]], count: Int? = nil) {
    head(id, 9)
    bytes += [0xFC] + Self.varint(UInt64(count ?? structures.count)) + structures.joined()
  }

  static func varint(_ value: UInt64) -> [UInt8] {
    var (value, bytes) = (value, [UInt8]())
    while value > 127 {
      bytes.append(UInt8(value & 127 | 128))
      value >>= 7
    }
    return bytes + [UInt8(value)]
  }

  private mutating func head(_ id: Int, _ kind: UInt8) {
    bytes.append(UInt8(id - last) << 4 | kind)
    last = id
  }
}

/// A Parquet file of one column 'x', whose parts can be made wrong. As it stands it has the three texts a, "", c.
struct ForgedParquet {
  struct Page {
    var kind = 0
    /// Bytes that the header says; nil says the truth.
    var size: Int?
    var values = 3
    var encoding = 0
    var levelEncoding = 3
    /// Bytes of the levels of a page of version 2.
    var levels = (repetition: 0, definition: 0)
    var rows = 3
    var content: [UInt8]

    fileprivate var bytes: [UInt8] {
      ThriftWriter { header in
        header.integer(1, kind)
        header.integer(2, size ?? content.count)
        header.integer(3, content.count)
        switch kind {
        case 2:
          header.structure(7) {
            $0.integer(1, values)
            $0.integer(2, encoding)
          }
        case 3:
          header.structure(8) {
            $0.integer(1, values)
            $0.integer(3, rows)
            $0.integer(4, encoding)
            $0.integer(5, levels.definition)
            $0.integer(6, levels.repetition)
            $0.boolean(7, false)
          }
        default:
          header.structure(5) {
            $0.integer(1, values)
            $0.integer(2, encoding)
            $0.integer(3, levelEncoding)
            $0.integer(4, levelEncoding)
          }
        }
      }.bytes + content
    }
  }

  var schema = [
    ThriftWriter {
      $0.text(4, "root")
      $0.integer(5, 1)
    }.bytes, node("x", type: 6, repetition: 1),
  ]
  var pages = [Page(content: sized(run(1, 1) + run(1, 0) + run(1, 1)) + sized("a") + sized("c"))]
  var rows = 3
  var groupRows = [3]
  var values = 3
  var codec = 0
  var offset = 4
  /// Bytes of the pages as the footer says; nil says the truth.
  var bytesOfPages: Int?
  var footerBytes: Int?
  var chunks = 1

  var file: [UInt8] {
    let pages = Array(pages.map(\.bytes).joined())
    let chunk = ThriftWriter {
      $0.structure(3) {
        $0.integer(4, codec)
        $0.integer(5, values)
        $0.integer(7, bytesOfPages ?? pages.count)
        $0.integer(9, offset)
      }
    }.bytes
    let footer = ThriftWriter {
      $0.integer(1, 1)
      $0.list(2, schema)
      $0.integer(3, rows)
      $0.list(
        4,
        groupRows.map { rows in
          ThriftWriter {
            $0.list(1, Array(repeating: chunk, count: chunks))
            $0.integer(3, rows)
          }.bytes
        })
    }.bytes
    let length = UInt32(footerBytes ?? footer.count)
    return Array("PAR1".utf8) + pages + footer + Self.word(length) + Array("PAR1".utf8)
  }

  static func node(
    _ name: String, type: Int? = nil, repetition: Int, children: Int? = nil, list: Bool = false
  )
    -> [UInt8]
  {
    ThriftWriter {
      if let type { $0.integer(1, type) }
      $0.integer(3, repetition)
      $0.text(4, name)
      if let children { $0.integer(5, children) }
      if list { $0.integer(6, 3) }
    }.bytes
  }

  /// The schema of a column 'x' of lists: levels of definition 0 no list, 1 empty, 2 no element, 3 an element.
  static let lists = [
    ThriftWriter {
      $0.text(4, "root")
      $0.integer(5, 1)
    }.bytes,
    node("x", repetition: 1, children: 1, list: true), node("list", repetition: 2, children: 1),
    node("element", type: 6, repetition: 1),
  ]

  /// A run of one number of at most eight bits.
  static func run(_ count: Int, _ number: UInt8) -> [UInt8] {
    ThriftWriter.varint(UInt64(count) << 1) + [number]
  }

  static func word(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }

  /// Bytes behind their number.
  static func sized(_ bytes: some Collection<UInt8>) -> [UInt8] { word(UInt32(bytes.count)) + bytes }
  static func sized(_ text: String) -> [UInt8] { sized(text.utf8) }
}
