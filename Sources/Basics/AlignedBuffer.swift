import CThreads

#if canImport(Glibc)
  import Glibc
#endif

/// Zero-filled memory of fixed size, aligned to 2 MiB so that the kernel can back it with huge pages.
///
/// The system provides each page when it is first written. The threads of a pool share a buffer without
/// locks: its owner decides which thread writes where.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The first element.
  package let pointer: UnsafeMutablePointer<Element>
  /// Number of elements.
  package let count: Int

  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  /// Maps room for `count` elements.
  /// - Throws: `InputError` (environment) when the system refuses the memory.
  package init(count: Int) throws {
    precondition(count >= 0, "a buffer cannot hold a negative number of elements")
    let alignment = 2 << 20
    let bytes = max(count * MemoryLayout<Element>.stride, 1)
    let isLarge = bytes >= alignment
    mappedBytes = bytes + (isLarge ? alignment : 0)
    let mapped = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else {
      throw InputError(
        .environment, "memory", "could not reserve \(bytes) bytes (\(SystemFault.reason(errno)))",
        remedy: "use a smaller batch or a machine with more memory, or raise the limit (ulimit -v)")
    }
    mapping = mapped
    var start = mapped
    if isLarge {
      let address = (UInt(bitPattern: mapped) + UInt(alignment) - 1) & ~(UInt(alignment) - 1)
      start = UnsafeMutableRawPointer(bitPattern: address)!
      madvise(start, bytes, MADV_HUGEPAGE)
    }
    self.count = count
    pointer = start.bindMemory(to: Element.self, capacity: max(count, 1))
  }

  deinit { munmap(mapping, mappedBytes) }

  /// Touches every page from the threads of a pool, so that the system provides those not written yet.
  /// Contents stay.
  ///
  /// A page lies in the memory next to the processor of the thread that touches it first. So a large buffer
  /// is spread over all memories of the machine.
  package func makePages(on pool: ThreadPool) {
    let part = 2 << 20
    let bytes = count * MemoryLayout<Element>.stride
    let start = UnsafeMutableRawPointer(pointer)
    pool.run((bytes + part - 1) / part) { index, _ in
      fk_make_pages(start + index * part, Int64(min(part, bytes - index * part)))
    }
  }

  /// Copies the elements of a buffer of the same size on the threads of a pool.
  package func copy(_ other: AlignedBuffer<Element>, on pool: ThreadPool) {
    precondition(count == other.count, "a buffer of \(other.count) elements does not fill one of \(count)")
    let part = 1 << 18
    pool.run((count + part - 1) / part) { index, _ in
      let start = index * part
      (pointer + start).update(from: other.pointer + start, count: min(part, count - start))
    }
  }

  /// All elements, for loops and copies.
  public var elements: UnsafeMutableBufferPointer<Element> { .init(start: pointer, count: count) }
}
