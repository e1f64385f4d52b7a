import Basics
import COpenBLAS
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Matrix products through OpenBLAS, each on the calling thread: our pool owns the cores.
enum GEMM {
  /// Threads that the address space was found to suffice for.
  private static let prepared = Mutex(0)

  /// Prepares OpenBLAS for products on our own threads.
  /// - Parameter threads: how many of them may multiply at the same time.
  /// - Throws: `InputError` (environment) when there is not the address space that it would wait for without end.
  static func prepare(threads: Int) throws {
    try prepared.withLock { prepared in
      if prepared == 0 { openblas_set_num_threads(1) }
      guard threads > prepared else { return }
      let bytes = (threads - prepared) * BLASLibrary.bufferBytes
      let room = mmap(
        nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      guard let room, room != MAP_FAILED else {
        throw InputError(
          .environment, "memory",
          "OpenBLAS needs \(bytes >> 20) MB of address space for \(threads) threads, which this process may not map",
          remedy: "raise the limit (ulimit -v unlimited), or ask for fewer threads (--threads)")
      }
      munmap(room, bytes)
      prepared = threads
    }
  }

  /// C = op(A) · op(B), or C += with `accumulate`; row-major, `a` is `[m, k]` after op, `b` `[k, n]`.
  @inline(__always)
  static func multiply(
    _ m: Int, _ n: Int, _ k: Int,
    _ a: UnsafePointer<Float>, _ lda: Int, transposeA: Bool = false,
    _ b: UnsafePointer<Float>, _ ldb: Int, transposeB: Bool = false,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int, accumulate: Bool = false
  ) {
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), 1, a, blasint(lda), b, blasint(ldb), accumulate ? 1 : 0, c,
      blasint(ldc))
  }
}
