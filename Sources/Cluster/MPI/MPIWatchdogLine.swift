#if MPI
  import CMPI
  import Foundation

  /// Signs of life in a ring of ranks, and the wish of one rank to end all of them.
  ///
  /// The rank with the wish tells all others, and each answers. On a last message all leave at the same moment with the
  /// same exit status. Otherwise a launcher would kill the remaining ranks and report its signal as the status. A job
  /// script could then not tell an error from a lost node.
  final class MPIWatchdogLine: WatchdogLine {
    private enum Tag { static let (sign, ending, answer, last): (Int32, Int32, Int32, Int32) = (1, 2, 3, 4) }

    private let group: MPI_Comm
    private let rank: Int
    private let size: Int
    private let incoming: PendingMessage
    private let outgoing: PendingMessage
    private let wish: PendingMessage
    private(set) var saidGoodbye = false
    private var isClosing = false

    /// - Parameter group: an MPI communicator that only this object uses.
    init(_ group: MPI_Comm, rank: Int, size: Int) {
      self.group = group
      self.rank = rank
      self.size = size
      // The first number marks the last message; the signs of all ranks follow.
      incoming = PendingMessage(group, count: 1 + 2 * size)
      outgoing = PendingMessage(group, count: 1 + 2 * size)
      wish = PendingMessage(group, count: 1)
      incoming.receive(from: (rank + size - 1) % size, Tag.sign)
      wish.receive(from: nil, Tag.ending)
    }

    func received() -> [[SignOfLife]] {
      var all: [[SignOfLife]] = []
      while !saidGoodbye, incoming.isDone {
        if incoming.numbers[0] != 0 {
          saidGoodbye = true
        } else {
          all.append(
            (0..<size).map {
              SignOfLife(beats: incoming.numbers[1 + 2 * $0], entered: incoming.numbers[2 + 2 * $0])
            })
          incoming.receive(from: (rank + size - 1) % size, Tag.sign)
        }
      }
      return all
    }

    func tell(_ signs: [SignOfLife]) {
      guard outgoing.isDone else { return }
      outgoing.numbers[0] = 0
      for (other, sign) in signs.enumerated() {
        outgoing.numbers[1 + 2 * other] = sign.beats
        outgoing.numbers[2 + 2 * other] = sign.entered
      }
      outgoing.send(to: (rank + 1) % size, Tag.sign)
    }

    func close() -> Bool {
      if !isClosing, outgoing.isDone {
        isClosing = true
        outgoing.numbers[0] = 1
        outgoing.send(to: (rank + 1) % size, Tag.sign)
      }
      guard isClosing, saidGoodbye, outgoing.isDone else { return false }
      wish.cancel()
      return true
    }

    func endingStatus() -> Int32? { wish.isDone ? Int32(bitPattern: wish.numbers[0]) : nil }

    func followEnding(_ status: Int32) -> Never {
      let last = PendingMessage(group, count: 1)
      last.receive(from: nil, Tag.last)
      var answers = [answer()]
      wait(seconds: 5) {
        // Several ranks may have the same wish: all get an answer, one of them sends the last message.
        if wish.isDone { answers.append(answer()) }
        return last.isDone
      }
      wait(seconds: 0.2) { answers.allSatisfy(\.isDone) }
      _exit(last.isDone ? Int32(bitPattern: last.numbers[0]) : status)
    }

    /// Answers the wish that was received, and listens for the next.
    private func answer() -> PendingMessage {
      let answer = PendingMessage(group, count: 1)
      answer.send(to: wish.source, Tag.answer)
      wish.receive(from: nil, Tag.ending)
      return answer
    }

    func end(_ status: Int32, patience: Double) -> Never {
      _ = Deadline(seconds: patience + 10, status: status, line: nil)
      let others = (0..<size).filter { $0 != rank }
      let answers = others.map { other in
        let answer = PendingMessage(group, count: 1)
        answer.receive(from: other, Tag.answer)
        return answer
      }
      let wishes = tell(others, Tag.ending, status)
      let answered = wait(seconds: patience) {
        if wish.isDone {
          // Of several ranks with the same wish the lowest decides.
          if wish.source < rank { followEnding(Int32(bitPattern: wish.numbers[0])) }
          wish.receive(from: nil, Tag.ending)
        }
        return (wishes + answers).allSatisfy(\.isDone)
      }
      let last = tell(others, Tag.last, status)
      wait(seconds: 0.2) { last.allSatisfy(\.isDone) }
      if !answered { MPIProcess.force(status) }
      _exit(status)
    }

    private func tell(_ others: [Int], _ tag: Int32, _ status: Int32) -> [PendingMessage] {
      others.map { other in
        let message = PendingMessage(group, count: 1)
        message.numbers[0] = UInt32(bitPattern: status)
        message.send(to: other, tag)
        return message
      }
    }

    @discardableResult private func wait(seconds: Double, until condition: () -> Bool) -> Bool {
      let end = MonotonicTime.seconds + seconds
      while !condition() {
        guard MonotonicTime.seconds < end else { return false }
        usleep(1000)
      }
      return true
    }
  }
#endif
