/// The largest batch for which a network fits into some memory.
///
/// Memory grows almost in proportion to the batch, so few plans are made: at the batch that two plans lead to expect, and
/// around it until one batch fits and the next does not.
struct LargestBatch {
  /// nil if not even the smallest fits.
  let batch: Int?

  /// A batch norm needs two patches.
  private static let least = 2
  /// Larger batches are not looked for.
  static let most = 4096

  /// - Parameters:
  ///   - room: bytes that there are.
  ///   - start: a batch to begin with.
  ///   - need: bytes that a batch needs.
  /// - Throws: what `need` throws.
  init(room: Int, near start: Int, need: (Int) throws -> Int) rethrows {
    let (least, most) = (Self.least, Self.most)
    let start = min(max(start, least + 1), most)
    let (small, large) = (try need(least), try need(start))
    guard small <= room else {
      batch = nil
      return
    }
    let slope = Double(max(large - small, 1)) / Double(start - least)
    let expected = min(max(Double(least) + Double(room - small) / slope, Double(least)), Double(most))
    // `fitting` fits; `tooLarge` does not, or is beyond what is looked for.
    var (fitting, tooLarge) = large <= room ? (start, most + 1) : (least, start)
    var (next, stride) = (Int(expected), 1)
    var before: Bool?
    while tooLarge - fitting > 1 {
      next = min(max(next, fitting + 1), tooLarge - 1)
      let fits = try need(next) <= room
      if fits { fitting = next } else { tooLarge = next }
      if before == nil || before == fits, stride > 0 {
        // Away from the expected batch in growing steps, until the answer changes.
        next += fits ? stride : -stride
        stride *= 2
        before = fits
      } else {
        stride = 0
        next = (fitting + tooLarge) / 2
      }
    }
    batch = fitting
  }
}
