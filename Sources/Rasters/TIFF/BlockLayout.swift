import Basics

/// How the pixels of a TIFF file are cut into blocks (strips or tiles), and which of them the file lacks.
///
/// A writer that died, or that leaves out blocks on purpose, writes 0 for their place or length. GDAL would then deliver
/// zeros for these pixels.
struct BlockLayout {
  /// A part of the image that one block holds.
  struct Area: Equatable {
    /// Bands of the file, the first being 0.
    let bands: Range<Int>
    let rows: Range<Int>
    let columns: Range<Int>
  }

  /// A fault in the directory of a file.
  struct Damage: Error {
    let problem: String
  }

  /// "strip" or "tile".
  let name: String
  let count: Int
  /// The blocks that the file lacks, ascending.
  private(set) var missing: [Int] = []

  private let size: PatchSize
  private let block: PatchSize
  private let bands: Int
  /// Whether each block holds one band.
  private let isPlanar: Bool

  /// - Parameters:
  ///   - size: size of the image.
  ///   - bands: number of bands in the file.
  ///   - fileBytes: length of the file, bytes.
  /// - Throws: `Damage` when a block reaches beyond the file, or the directory does not say where blocks lie.
  init(_ directory: TIFFDirectory, size: PatchSize, bands: Int, fileBytes: Int) throws(Damage) {
    let isTiled = directory.has(.tileOffsets)
    isPlanar = directory.value(.planarConfiguration) == 2
    name = isTiled ? "tile" : "strip"
    block = try Self.blockSize(directory, size, isTiled)
    self.size = size
    self.bands = bands
    count =
      Self.parts(size.height, block.height) * Self.parts(size.width, block.width) * (isPlanar ? bands : 1)
    try findMissing(
      directory, offsets: directory.values(isTiled ? .tileOffsets : .stripOffsets),
      lengths: directory.values(isTiled ? .tileByteCounts : .stripByteCounts), fileBytes: fileBytes)
  }

  private static func blockSize(_ directory: TIFFDirectory, _ size: PatchSize, _ isTiled: Bool) throws(Damage)
    -> PatchSize
  {
    let largest = UInt64(1 << 20)
    let height = isTiled ? directory.value(.tileHeight) : directory.value(.rowsPerStrip) ?? largest
    let width = isTiled ? directory.value(.tileWidth) : UInt64(size.width)
    guard let height, let width, height > 0, width > 0, width <= largest else {
      throw Damage(problem: "its directory does not give the size of its \(isTiled ? "tiles" : "strips")")
    }
    // A strip may claim more rows than the image has.
    return PatchSize(height: Int(min(height, isTiled ? largest : UInt64(size.height))), width: Int(width))
  }

  private mutating func findMissing(
    _ directory: TIFFDirectory, offsets: TIFFDirectory.Numbers?, lengths: TIFFDirectory.Numbers?,
    fileBytes: Int
  ) throws(Damage) {
    guard let offsets, offsets.count >= count else {
      throw Damage(problem: "its directory does not give the places of \(count) \(name)s")
    }
    // Uncompressed files may do without lengths.
    let saysLengths = directory.has(name == "tile" ? .tileByteCounts : .stripByteCounts)
    guard lengths.map({ $0.count >= count }) ?? !saysLengths else {
      throw Damage(problem: "its directory does not give the lengths of \(count) \(name)s")
    }
    let isCompressed = directory.value(.compression).map { $0 > 1 } ?? false
    let bits = Int(min(directory.value(.bitsPerSample) ?? 1, 64))
    let row = (block.width * (isPlanar ? 1 : bands) * bits + 7) / 8
    for index in 0..<count {
      let (offset, length) = (offsets[index], lengths?[index])
      // The first 8 bytes of a file are its header, so no block begins there.
      guard offset >= 8, length != 0 else {
        missing.append(index)
        continue
      }
      let needed = isCompressed ? length ?? 1 : UInt64(row * rows(of: index))
      guard needed <= UInt64(fileBytes), offset <= UInt64(fileBytes) - needed else {
        throw Damage(problem: "\(name) \(index + 1) of \(count) reaches beyond the end of the file")
      }
      if let length, length < needed {
        throw Damage(problem: "\(name) \(index + 1) of \(count) has \(length) bytes, expected \(needed)")
      }
    }
  }

  /// Rows that a block stores: tiles are always whole, the last strip may be shorter.
  private func rows(of index: Int) -> Int {
    guard name == "strip" else { return block.height }
    return min(block.height, size.height - index % Self.parts(size.height, block.height) * block.height)
  }

  /// The part of the image that a block holds.
  func area(_ index: Int) -> Area {
    let across = Self.parts(size.width, block.width)
    let plane = across * Self.parts(size.height, block.height)
    let (top, left) = (index % plane / across * block.height, index % across * block.width)
    return Area(
      bands: isPlanar ? index / plane..<index / plane + 1 : 0..<bands,
      rows: top..<min(top + block.height, size.height), columns: left..<min(left + block.width, size.width))
  }

  private static func parts(_ whole: Int, _ part: Int) -> Int { (whole - 1) / part + 1 }
}
