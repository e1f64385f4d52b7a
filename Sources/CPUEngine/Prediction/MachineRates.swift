import Basics
import CKernels
import Networks

/// How fast all threads of a pool together compute and move memory.
package struct MachineRates: Sendable {
  /// Number of threads.
  package let threads: Int
  /// Floating-point operations a second on registers: multiplications and additions, each counted.
  package let peakFLOPS: Double
  /// Bytes a second that a copy reads and writes in memory that no cache holds.
  package let copyBytesPerSecond: Double
  /// Bytes a second that a copy reads and writes in memory that the caches hold.
  package let cachedBytesPerSecond: Double
  /// Floating-point operations a second of the kernels' products on operands in the caches.
  package let productFLOPS: Double
  /// The same rate for operands of bfloat16; nil unless the precision is bf16.
  package let bfloat16FLOPS: Double?

  /// Measures the rates of a pool, in some tenths of a second.
  /// - Parameters:
  ///   - kernels: kernel path whose products are measured; the processor must have it.
  ///   - precision: precision of the programs; the kernel path must have it.
  /// - Throws: `InputError` (environment) when memory is short, or the address space that OpenBLAS needs.
  package static func measured(
    on pool: ThreadPool, kernels: KernelPath, precision: Precision = .fp32
  ) throws -> MachineRates {
    MachineRates(
      threads: pool.threads, peakFLOPS: peakFLOPS(pool, FK_FLOAT32, runs: 20),
      copyBytesPerSecond: try copyBytesPerSecond(pool, bytes: 64 << 20, runs: 60),
      cachedBytesPerSecond: try copyBytesPerSecond(pool, bytes: 2 << 20, runs: 200),
      productFLOPS: try productFLOPS(pool, kernels),
      bfloat16FLOPS: precision == .bf16 ? try productFLOPS(pool, kernels, .bfloat16) : nil,
      secondsPerCall: kernels == .blas ? 2.4e-6 : 1.5e-7)
  }

  /// The rates that a plan reports.
  var speed: DeviceSpeed {
    DeviceSpeed(
      threads: threads, peakFLOPS: peakFLOPS, productFLOPS: productFLOPS,
      copyBytesPerSecond: copyBytesPerSecond)
  }

  // Instructions reach only a share of the measured rates, and each has a fixed cost. The numbers below were fitted
  // once to profiles of `fusionctl bench`: ResNet18 and ResNet101, batches of 2 and 8, 64 and 256 pixels.

  /// Floating-point operations a second of an instruction's products. Their operands come from farther away than in
  /// the measurement.
  func products(of operands: ProductOperands) -> Double {
    (operands == .bfloat16 ? bfloat16FLOPS ?? productFLOPS : productFLOPS) / 1.12
  }
  /// Numbers a second that are gathered, packed or transformed. Each takes the time of 24 operations.
  var prepared: Double { peakFLOPS / 24 }
  /// Bytes a second of weights, which are mostly read. They are slower than a copy, whose stores bypass the caches.
  var weightBytesPerSecond: Double { 0.75 * copyBytesPerSecond }
  /// Bytes a second of updates, which read more than they write.
  package var updateBytesPerSecond: Double { 1.2 * copyBytesPerSecond }
  /// Fixed seconds that each product call costs its thread.
  let secondsPerCall: Double
  /// Seconds to start an instruction on the threads and to wait for the last of them.
  var secondsPerSection: Double { threads == 1 ? 2e-7 : 5e-6 }

  /// Slow-down of work that is cut into `tasks` equal tasks. Example: 5 tasks on 4 threads take 2 rounds instead
  /// of 1.25, a factor of 1.6.
  func idleFactor(tasks: Int?) -> Double {
    guard let tasks else { return 1 }
    let rounds = (tasks + threads - 1) / threads
    return Double(rounds * threads) / Double(tasks)
  }
}

// Arithmetic is measured as the fastest of several short runs, so that interrupted runs do not count. Memory is
// measured as the median, because other processes of the machine use it too.
extension MachineRates {
  /// The seconds of each of `runs` runs of `body` on all threads at once, in ascending order.
  private static func seconds(
    of runs: Int, _ pool: ThreadPool, _ body: (_ thread: Int) -> Void
  ) -> [Double] {
    (0..<runs).map { _ in
      let start = ContinuousClock.now
      pool.run(pool.threads) { task, _ in body(task) }
      return (ContinuousClock.now - start) / .seconds(1)
    }.sorted()
  }

  /// Floating-point operations a second on registers.
  static func peakFLOPS(_ pool: ThreadPool, _ type: fk_type, runs: Int) -> Double {
    let rounds: Int64 = 1_000_000
    let seconds = seconds(of: runs, pool) { _ in _ = fk_peak_run(type, rounds) }
    return fk_peak_flops(type, rounds) * Double(pool.threads) / seconds[0]
  }

  /// Bytes a second, read and written, of copies of `bytes` bytes that are divided among the threads.
  private static func copyBytesPerSecond(_ pool: ThreadPool, bytes: Int, runs: Int) throws -> Double {
    let share = max(bytes / pool.threads, 1 << 18) / 4
    let from = try AlignedBuffer<Float>(count: share * pool.threads)
    let to = try AlignedBuffer<Float>(count: share * pool.threads)
    // Makes the pages of the source; the first copies make those of the target.
    pool.run(pool.threads) { task, _ in
      (from.pointer + task * share).update(repeating: 1, count: share)
    }
    let seconds = seconds(of: runs, pool) { task in
      (to.pointer + task * share).update(from: from.pointer + task * share, count: share)
    }
    return Double(8 * share * pool.threads) / seconds[runs / 2]
  }

  /// Floating-point operations a second of products like those in the middle of a ResNet: 256 rows, depth 256,
  /// 128 columns.
  private static func productFLOPS(
    _ pool: ThreadPool, _ kernels: KernelPath, _ operands: ProductOperands = .float32
  ) throws -> Double {
    let (rows, depth, columns) = (256, 256, 128)
    let (a, b, c) = (0, rows * depth, (rows + columns) * depth)
    let room = c + rows * columns + 1024
    let memory = try AlignedBuffer<Float>(count: room * pool.threads)
    for i in 0..<memory.count { memory.pointer[i] = Float(i % 13) - 6 }
    var line = fk_convolution(
      height: 1, width: Int32(rows), inputs: Int32(depth), rows: 1, columns: Int32(rows),
      outputs: Int32(columns), window_height: 1, window_width: 1, stride: 1, padding: 0, is_rounded: 0)
    let repeats = kernels == .reference ? 1 : 8
    if kernels == .blas { try GEMM.prepare(threads: pool.threads) }
    let seconds = seconds(of: 12, pool) { task in
      let base = memory.pointer + task * room
      for _ in 0..<repeats {
        switch kernels {
        case .reference:
          var source = fk_source()
          (source.data, source.type, source.height, source.width) = (
            UnsafeRawPointer(base + a), FK_FLOAT32, 1, Int32(rows)
          )
          (source.channels, source.pitch) = (Int32(depth), Int32(depth))
          fk_reference_forward(&line, &source, base + b, 0, Int64(rows), base + c, FK_FLOAT32, Int64(columns))
        case .avx512 where operands == .bfloat16:
          fk_panel_product_bf16(
            UnsafeRawPointer(base + a).assumingMemoryBound(to: fk_bf16.self), Int64(rows), Int64(depth),
            UnsafeRawPointer(base + b).assumingMemoryBound(to: fk_bf16.self), Int64(columns), base + c,
            FK_FLOAT32, Int64(columns))
        case .avx512:
          fk_panel_product(
            base + a, Int64(rows), Int64(depth), base + b, Int64(columns), base + c, FK_FLOAT32,
            Int64(columns))
        case .blas:
          GEMM.multiply(
            (rows, columns, depth), .init(base + a, stride: depth), .init(base + b, stride: columns),
            into: base + c, stride: columns)
        }
      }
    }
    return Double(2 * rows * depth * columns * repeats * pool.threads) / seconds[0]
  }
}
