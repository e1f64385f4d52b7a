/// A column while its pages are read.
struct ParquetColumn {
  private let leaf: ParquetSchema.Leaf
  private var texts = TextColumn()
  /// The ends of the lists that are complete.
  private var ends: [UInt32] = []

  /// The texts that numbers in pages stand for.
  private var dictionary: TextColumn?
  /// For each text of the dictionary its value in `texts`; `unknown` until it has one.
  private var known: [UInt32] = []
  private static let unknown = UInt32.max

  private let batches: Batches

  init(_ leaf: ParquetSchema.Leaf, batches: Batches) {
    self.leaf = leaf
    self.batches = batches
  }

  /// Rows of which all values have been read.
  var rows: Int { leaf.isList ? ends.count : texts.count }

  /// The finished column.
  consuming func column() -> TableColumn {
    texts.trim()
    return leaf.isList ? .lists(texts, ends: ends) : .texts(texts)
  }

  /// Memory for a batch of levels and numbers, shared by all pages.
  final class Batches {
    let definitions = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: PageValues.batch)
    let repetitions = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: PageValues.batch)
    let numbers = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: PageValues.batch)

    init() {}

    deinit {
      definitions.deallocate()
      repetitions.deallocate()
      numbers.deallocate()
    }
  }
}

// Pages.
extension ParquetColumn {
  /// Begins the pages of a group of rows.
  mutating func begin() {
    (dictionary, known) = (nil, [])
    if leaf.type == .boolean {
      var texts = TextColumn(sharing: false)
      for text in ["False", "True"] { texts.append(text) }
      use(texts)
    }
  }

  /// Takes the dictionary of a group of rows.
  mutating func readDictionary(_ header: PageHeader, _ bytes: UnsafeRawBufferPointer, _ budget: TextBudget)
    throws
  {
    guard dictionary == nil else { throw ParquetFault.damaged("a column has two dictionaries") }
    guard header.encoding == 0 || header.encoding == 2 else {
      throw ParquetFault.unsupported("the encoding number \(header.encoding) of a dictionary")
    }
    guard header.values <= bytes.count else { throw ParquetFault.damaged("a dictionary is cut off") }
    var values = try PageValues(
      bytes, encoding: 0, type: leaf.type, texts: nil, numbers: batches.numbers)
    var texts = TextColumn(sharing: false)
    texts.reserve(rows: header.values)
    for _ in 0..<header.values {
      try values.withText { text in
        try budget.check(text)
        texts.append(bytes: text)
      }
    }
    use(texts)
  }

  private mutating func use(_ texts: TextColumn) {
    dictionary = texts
    known = [UInt32](repeating: Self.unknown, count: texts.count)
  }

  /// The levels of a page, as bytes.
  struct Levels {
    let repetition: UnsafeRawBufferPointer
    let definition: UnsafeRawBufferPointer
  }

  /// Whether pages have levels of repetition and of definition.
  var levels: (repetition: Bool, definition: Bool) { (leaf.isList, leaf.definition > 0) }

  /// Appends the values of a page.
  /// - Parameters:
  ///   - bytes: the page behind its levels.
  ///   - isOpen: whether a list continues from the page before; after the call, whether one is open.
  mutating func read(
    _ header: PageHeader, _ levels: Levels, _ bytes: UnsafeRawBufferPointer, isOpen: inout Bool,
    _ budget: inout TextBudget
  ) throws {
    var values = try PageValues(
      bytes, encoding: header.encoding, type: leaf.type, texts: dictionary?.count, numbers: batches.numbers)
    var repetitions = try RunReader(levels.repetition, width: leaf.isList ? 1 : 0)
    var definitions = try RunReader(
      levels.definition, width: Int.bitWidth - leaf.definition.leadingZeroBitCount)
    var left = header.values
    while left > 0 {
      let count = min(left, PageValues.batch)
      let definition = UnsafeMutableBufferPointer(rebasing: batches.definitions[..<count])
      try definitions.read(into: definition)
      let present = definition.reduce(into: 0) { $0 += $1 == leaf.definition ? 1 : 0 }
      try values.prepare(present)
      try budget.admit(values: count)
      if leaf.isList {
        let repetition = UnsafeMutableBufferPointer(rebasing: batches.repetitions[..<count])
        try repetitions.read(into: repetition)
        try appendElements(definition, repetition, &values, isOpen: &isOpen, &budget)
      } else {
        for level in definition { try append(level, &values, &budget) }
      }
      left -= count
    }
  }

  private mutating func appendElements(
    _ definition: UnsafeMutableBufferPointer<UInt32>, _ repetition: UnsafeMutableBufferPointer<UInt32>,
    _ values: inout PageValues, isOpen: inout Bool, _ budget: inout TextBudget
  ) throws {
    for (level, repeats) in zip(definition, repetition) {
      if repeats == 0 {
        if isOpen { ends.append(UInt32(texts.count)) }
        isOpen = true
      } else if !isOpen || level < leaf.elementDefinition {
        throw ParquetFault.damaged("a list goes on where none is open")
      }
      if level >= leaf.elementDefinition { try append(level, &values, &budget) }
    }
  }

  /// Closes the list that is still open at the end of a group of rows.
  mutating func closeList(isOpen: Bool) {
    if isOpen { ends.append(UInt32(texts.count)) }
  }

  /// Appends the next value if the level says that it is there, else an empty text.
  private mutating func append(_ level: UInt32, _ values: inout PageValues, _ budget: inout TextBudget) throws
  {
    guard level == leaf.definition else {
      guard level < leaf.definition else {
        throw ParquetFault.damaged("a value has the definition level \(level)")
      }
      texts.append(EmptyCollection<UInt8>())
      return
    }
    guard values.areNumbered, let dictionary else {
      try values.withText { text in
        try budget.admit(text)
        texts.append(bytes: text)
      }
      return
    }
    let number = values.number()
    if texts.isShared {
      if known[number] == Self.unknown {
        known[number] = try dictionary.withBytes(ofValue: number) { text in
          try budget.admit(bytes: text.count)
          return UInt32(texts.value(of: text))
        }
      }
      texts.append(value: Int(known[number]))
    } else {
      try dictionary.withBytes(ofValue: number) { text in
        try budget.admit(bytes: text.count)
        texts.append(bytes: text)
      }
    }
  }
}
