import COpenBLAS

/// Matrix products through OpenBLAS, each on the calling thread: our pool owns the cores.
enum GEMM {
  /// Sets OpenBLAS to one thread, once.
  static let prepare: Void = openblas_set_num_threads(1)

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
