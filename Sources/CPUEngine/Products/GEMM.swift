import Basics
import COpenBLAS
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Matrix products through OpenBLAS, each on the calling thread: the threads of the pool already use the cores.
enum GEMM {
  /// Number of threads for which the address space was found to suffice.
  private static let prepared = Mutex(0)

  /// Prepares OpenBLAS for products on the threads of the pool.
  /// - Parameter threads: number of threads that may multiply at the same time.
  /// - Throws: `InputError` (environment) when address space is short; OpenBLAS itself would wait for it forever.
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

  /// A row-major matrix that is read: row `r` begins `r * stride` floats behind `start`.
  struct Matrix {
    let start: UnsafePointer<Float>
    let stride: Int
    var isTransposed = false

    @inline(__always)
    init(_ start: UnsafePointer<Float>, stride: Int, isTransposed: Bool = false) {
      (self.start, self.stride, self.isTransposed) = (start, stride, isTransposed)
    }
  }

  /// C = op(A) · op(B), or C += op(A) · op(B) with `accumulate`; op transposes where `isTransposed` is set. op(A) is
  /// `[m, k]`, op(B) is `[k, n]`, C is `[m, n]` with rows `stride` floats apart.
  @inline(__always)
  static func multiply(
    _ size: (m: Int, n: Int, k: Int), _ a: Matrix, _ b: Matrix, into c: UnsafeMutablePointer<Float>,
    stride: Int, accumulate: Bool = false
  ) {
    cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
      blasint(size.m), blasint(size.n), blasint(size.k), 1, a.start, blasint(a.stride), b.start,
      blasint(b.stride), accumulate ? 1 : 0, c, blasint(stride))
  }
}

/// The linear-algebra library that the program uses.
package enum BLASLibrary {
  /// The processor that OpenBLAS has chosen its kernels for, e.g. `SkylakeX`; the environment variable
  /// `OPENBLAS_CORETYPE` can force another.
  package static var coreName: String { String(cString: openblas_get_corename()) }

  /// Bytes of address space that OpenBLAS maps for each thread that multiplies.
  package static let bufferBytes = 128 << 20

  /// Its name and version, "OpenBLAS 0.3.21".
  package static var version: String {
    String(cString: openblas_get_config()).split(separator: " ").prefix(2).joined(separator: " ")
  }
}
