/// The run of a program on one text.
///
/// The ways through the program are tried in their order of preference, and the places of joins are remembered: a step
/// is tried once at each position. So the time is bounded by steps × length.
struct ExpressionRun {
  /// Steps and positions that are still to try. A step from `restores` on puts an old value back into a slot.
  typealias Stack = UnsafeMutableBufferPointer<(step: UInt32, position: Int32)>
  private static let restores: UInt32 = 1 << 16

  private let input: ExpressionInput
  private(set) var stack: Stack
  private var depth = 0

  init(input: ExpressionInput, stack: Stack) { (self.input, self.stack) = (input, stack) }

  mutating func matches(from start: Int) -> Bool {
    // A copy that no change of `self` can reach.
    let input = self.input
    let slots = input.slots
    var (number, position) = (start, input.from)
    while true {
      let step = input.steps + number
      var isAlive = step.pointee.join < 0 || input.visit(Int(step.pointee.join), position)
      if isAlive {
        switch step.pointee.kind {
        case .set where step.pointee.isRun:
          passRun(of: step, position)
          isAlive = false
        case .set:
          let used = input.length(of: step, position)
          isAlive = used > 0
          (number, position) = (Int(step.pointee.next), position &+ used)
        case .split:
          if step.pointee.peek < 0 || input.begins(step.pointee.peek, position) {
            push(UInt32(step.pointee.other), Int32(truncatingIfNeeded: position))
          }
          number = Int(step.pointee.next)
        case .save:
          let slot = Int(step.pointee.other)
          push(Self.restores &+ UInt32(slot), slots[slot])
          slots[slot] = Int32(truncatingIfNeeded: position)
          number = Int(step.pointee.next)
        case .same:
          let used = input.length(ofField: Int(step.pointee.other), position)
          isAlive = used != nil
          (number, position) = (Int(step.pointee.next), position &+ (used ?? 0))
        case .match:
          if position == input.text.count { return true }
          isAlive = false
        }
      }
      while !isAlive {
        guard depth > 0 else { return false }
        depth &-= 1
        let saved = stack.baseAddress![depth]
        if saved.step < Self.restores {
          (number, position, isAlive) = (Int(saved.step), Int(saved.position), true)
        } else {
          slots[Int(saved.step &- Self.restores)] = saved.position
        }
      }
    }
  }

  /// Passes as many characters of a repeated set as there are, and puts each place on the stack where the rest may begin.
  /// The last place is on top: it is preferred.
  private mutating func passRun(of set: UnsafePointer<ExpressionProgram.Step>, _ start: Int) {
    let input = self.input
    let loop = input.steps + Int(set.pointee.next)
    let (peek, other) = (loop.pointee.peek, UInt32(loop.pointee.other))
    let (loopJoin, setJoin) = (Int(loop.pointee.join), Int(set.pointee.join))
    let (text, words) = (input.text, input.words! + Int(set.pointee.firstWord))
    var position = start
    while position < text.count {
      let byte = text.baseAddress![position]
      if byte < 128 {
        guard words[Int(byte &>> 6)] &>> UInt64(byte & 63) & 1 != 0 else { return }
        position &+= 1
      } else {
        let used = input.wideLength(of: set, position)
        guard used > 0 else { return }
        position &+= used
      }
      if loopJoin >= 0, !input.visit(loopJoin, position) { return }
      if peek < 0 || input.begins(peek, position) { push(other, Int32(truncatingIfNeeded: position)) }
      if setJoin >= 0, !input.visit(setJoin, position) { return }
    }
  }

  @inline(__always)
  private mutating func push(_ step: UInt32, _ position: Int32) {
    if depth == stack.count { growStack() }
    stack.baseAddress![depth] = (step, position)
    depth &+= 1
  }

  private mutating func growStack() {
    let larger = Stack.allocate(capacity: 2 * depth)
    larger.baseAddress!.update(from: stack.baseAddress!, count: depth)
    stack.deallocate()
    stack = larger
  }
}
