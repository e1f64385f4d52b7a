import Basics
import Foundation
import PackSupport
import Packs

/// Packs a folder that `SampleTree` has written: `PackProbe DATA PACK CODEC`. It is killed meanwhile.
@main
struct PackProbe {
  static func main() {
    let words = CommandLine.arguments
    do {
      let tree = SampleTree(URL(filePath: words[1]))
      let writer = try PackWriter(
        tree.source(), SampleTree.options(PackCodec(rawValue: words[3])!), to: URL(filePath: words[2]),
        tool: "test")
      _ = try writer.write(threads: 2)
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit((error as? InputError)?.kind.exitStatus ?? 1)
    }
  }
}
