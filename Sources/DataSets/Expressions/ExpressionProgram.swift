/// The steps by which an expression is matched.
struct ExpressionProgram: Sendable {
  struct Step: Sendable {
    enum Kind: Sendable {
      /// One character of the set, then `next`.
      case set
      /// `next`; where that leads to no match, `other`.
      case split
      /// The position goes into slot `other`, then `next`.
      case save
      /// The text of the field `other`, then `next`.
      case same
      /// The end of the text.
      case match
    }

    let kind: Kind
    var next: UInt16 = 0
    var other: UInt16 = 0
    /// A number for a step to which several steps lead; −1 for others. Their places are remembered, so that none is
    /// tried twice.
    var join: Int16 = -1
    /// set: whether `next` is a split that leads back here first, as in `[a-z]+`.
    var isRun = false
    /// split: the set or match that the way over `other` meets first; −1 where that depends.
    var peek: Int16 = -1
    /// set: the first of its two words in `words`.
    var firstWord: UInt16 = 0
    /// set: its characters above 127, a part of `ranges`.
    var firstRange: UInt16 = 0
    var rangeCount: UInt16 = 0
  }

  /// The largest number of steps. A nested repetition multiplies the steps within.
  static let mostSteps = 512

  private(set) var steps: [Step] = [Step(kind: .match)]
  /// The first 128 characters of each set, a bit each.
  private(set) var words: [UInt64] = []
  /// Other characters of the sets.
  private(set) var ranges: [ClosedRange<UInt32>] = []
  private(set) var start = 0
  private(set) var joinCount = 0
  /// The step of each set so far: repetitions share ranges.
  private var known: [ScalarSet: Step] = [:]

  /// - Throws: `BoundedExpression.Problem` for a tree that needs too many steps.
  init(_ tree: ExpressionTree) throws(BoundedExpression.Problem) {
    start = try emit(tree, then: 0)
    known = [:]
    numberJoins()
    for number in steps.indices where steps[number].kind == .split {
      var ahead = Int(steps[number].other)
      while steps[ahead].kind == .save { ahead = Int(steps[ahead].next) }
      if steps[ahead].kind == .set || steps[ahead].kind == .match { steps[number].peek = Int16(ahead) }
      let body = Int(steps[number].next)
      if steps[body].kind == .set, Int(steps[body].next) == number { steps[body].isRun = true }
    }
  }

  private mutating func numberJoins() {
    var arrivals = [Int](repeating: 0, count: steps.count)
    arrivals[start] += 1
    for step in steps where step.kind != .match {
      arrivals[Int(step.next)] += 1
      if step.kind == .split { arrivals[Int(step.other)] += 1 }
    }
    for number in steps.indices where arrivals[number] > 1 {
      steps[number].join = Int16(joinCount)
      joinCount += 1
    }
  }

  private mutating func add(_ step: Step) throws(BoundedExpression.Problem) -> Int {
    guard steps.count < Self.mostSteps else {
      throw .init(text: "is too large: its repetitions take more than \(Self.mostSteps) steps")
    }
    steps.append(step)
    return steps.count - 1
  }

  private mutating func split(_ next: Int, or other: Int) throws(BoundedExpression.Problem) -> Int {
    try add(Step(kind: .split, next: UInt16(next), other: UInt16(other)))
  }

  /// Adds the steps of a tree, last first.
  /// - Returns: the first step.
  private mutating func emit(_ tree: ExpressionTree, then end: Int) throws(BoundedExpression.Problem) -> Int {
    switch tree {
    case .set(let set): return try add(step(set, then: end))
    case .sequence(let parts):
      var next = end
      for part in parts.reversed() { next = try emit(part, then: next) }
      return next
    case .choice(let parts):
      var next = try emit(parts[parts.count - 1], then: end)
      for part in parts.dropLast().reversed() { next = try split(try emit(part, then: end), or: next) }
      return next
    case .group(let part): return try emit(.field(0, part), then: end)
    case .field(let field, let part):
      let close = try add(Step(kind: .save, next: UInt16(end), other: UInt16(2 * field + 1)))
      return try add(
        Step(kind: .save, next: UInt16(try emit(part, then: close)), other: UInt16(2 * field)))
    case .same(let field): return try add(Step(kind: .same, next: UInt16(end), other: UInt16(field)))
    case .repeated(let part, let least, let most): return try emit(part, least, most, then: end)
    }
  }

  private mutating func emit(
    _ part: ExpressionTree, _ least: Int, _ most: Int?, then end: Int
  ) throws(BoundedExpression.Problem) -> Int {
    var next = end
    var copies = least
    if let most {
      for _ in least..<max(most, least) {
        let count = steps.count
        next = try split(try emit(part, then: next), or: end)
        // A part without steps matches only the empty text, and so do its repetitions.
        if steps.count == count + 1 { break }
      }
    } else {
      let loop = try split(end, or: end)
      let body = try emit(part, then: loop)
      steps[loop].next = UInt16(body)
      if least > 0 {
        copies -= 1
        next = body
      } else {
        // A part that may be empty is tried once before the loop, so that its group has a place.
        next = part.isNullable ? try split(body, or: end) : loop
      }
    }
    for _ in 0..<copies {
      let count = steps.count
      next = try emit(part, then: next)
      if steps.count == count { break }
    }
    return next
  }

  private mutating func step(_ set: ScalarSet, then end: Int) -> Step {
    if var step = known[set] {
      step.next = UInt16(end)
      return step
    }
    var step = Step(
      kind: .set, next: UInt16(end), firstWord: UInt16(words.count), firstRange: UInt16(ranges.count))
    words += [0, 0]
    for range in set.ranges {
      for value in range.lowerBound..<min(range.upperBound + 1, max(128, range.lowerBound)) {
        words[words.count - 2 + Int(value / 64)] |= 1 << UInt64(value % 64)
      }
      if range.upperBound >= 128 {
        ranges.append(max(range.lowerBound, 128)...range.upperBound)
        step.rangeCount += 1
      }
    }
    known[set] = step
    return step
  }
}
