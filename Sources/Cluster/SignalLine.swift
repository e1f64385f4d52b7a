#if canImport(Glibc)
  import Glibc
#endif

/// A line that a signal handler puts together. It uses memory that was allocated before, and drops what does not fit.
struct SignalLine {
  private let memory: UnsafeMutableBufferPointer<UInt8>
  private var count = 0

  init(in memory: UnsafeMutableBufferPointer<UInt8>) { self.memory = memory }

  mutating func add(_ text: StaticString) {
    for index in 0..<text.utf8CodeUnitCount { add(byte: text.utf8Start[index]) }
  }

  /// Adds the bytes before the first 0.
  mutating func add(_ text: UnsafePointer<CChar>) {
    var index = 0
    while text[index] != 0 {
      add(byte: UInt8(bitPattern: text[index]))
      index += 1
    }
  }

  private mutating func add(byte: UInt8) {
    guard count < memory.count else { return }
    memory[count] = byte
    count += 1
  }

  /// Adds a number of at least 0 in decimal digits.
  mutating func add(_ number: Int64) {
    var unit: Int64 = 1
    while number / unit >= 10 { unit *= 10 }
    while unit > 0 {
      add(byte: UInt8(ascii: "0") + UInt8(number / unit % 10))
      unit /= 10
    }
  }

  /// Adds a time in one or two units: 45 s, 12 min, 3 h 5 min.
  mutating func add(milliseconds: Int64) {
    let seconds = max(milliseconds, 0) / 1000
    if seconds < 90 {
      add(seconds)
      return add(" s")
    }
    let minutes = (seconds + 30) / 60
    if minutes >= 90 {
      add(minutes / 60)
      add(" h ")
    }
    add(minutes >= 90 ? minutes % 60 : minutes)
    add(" min")
  }

  /// Writes the line to standard error in one call, so that no other output comes between its parts. When the terminal
  /// or reader takes nothing for 200 ms, the line is dropped.
  func write() {
    var stream = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    guard poll(&stream, 1, 200) == 1 else { return }
    _ = Glibc.write(STDERR_FILENO, memory.baseAddress, count)
  }
}
