import Foundation
import TestSupport
import Testing

/// The memory of a process that imports a small file follows the tensors that it takes, not what the file unpacks to.
/// `scripts/study/hostile.py` tabulates the peaks of more files.
struct PeakMemoryTests {
  private let folder: ScratchFolder
  /// A first convolution of a ResNet18 for two bands.
  private static let shape = [64, 2, 7, 7]
  private static let count = 64 * 2 * 7 * 7

  init() throws { folder = try ScratchFolder() }

  /// Imports a file with one kernel in a storage of zeros.
  /// - Parameters:
  ///   - elements: of the storage, as the pickle says.
  ///   - announced: bytes of the storage, as the table of the archive says; nil for the true number.
  /// - Returns: the exit status, and the peak of the process in bytes.
  private func importing(elements: Int, bytes: Int, announced: Int? = nil) throws -> (
    status: Int32, peak: Int
  ) {
    let file = folder.file("w.pth")
    var zip = ZipBuilder()
    zip.add(
      "a/data.pkl",
      TorchFileText.pickle("conv1.weight", elements: elements, shape: Self.shape, strides: [98, 49, 7, 1]))
    zip.add("a/data/0", [UInt8](repeating: 0, count: bytes), deflated: true, announced: announced)
    try zip.write(to: file)
    let process = try BuiltProgram.start(
      [
        "import", "--weights", file.path, "--config", "s1", "--set", "model.architecture=resnet18",
        "--partial",
        "--out", folder.file("out.h5").path, "--force",
      ], output: folder.file("out"), errors: folder.file("err"))
    var peak = 0
    while process.isRunning {
      peak = max(peak, BuiltProgram.peakBytes(of: process) ?? 0)
      Thread.sleep(forTimeInterval: 0.002)
    }
    return (process.terminationStatus, peak)
  }

  @Test func bombsTakeAsMuchAsGoodFiles() throws {
    let good = try importing(elements: Self.count, bytes: 4 * Self.count)
    #expect(good.status == 0 && good.peak > 10 << 20)
    // 160 MB of zeros in 160 kB, of which the tensor is the beginning.
    let elements = 40_000_000
    let view = try importing(elements: elements, bytes: 4 * elements)
    #expect(view.status == 0 && view.peak < good.peak + (32 << 20), "\(view.peak), good \(good.peak)")
    // The same where the table of the archive and the pickle say that it is small.
    let lie = try importing(elements: Self.count, bytes: 4 * elements, announced: 4 * Self.count)
    #expect(lie.status == 2 && lie.peak < good.peak + (32 << 20), "\(lie.peak), good \(good.peak)")
  }
}
