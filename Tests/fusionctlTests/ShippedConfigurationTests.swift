import Foundation
import TestSupport
import Testing

@testable import fusionctl

/// Configurations by name: those of configs/, out of the program.
@Suite struct ShippedConfigurationTests {
  @Test func areTheFilesOfTheRepository() throws {
    let folder = TrainedRun.repository.appending(path: "configs")
    let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    let files = paths.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(".yaml".count)) }
    #expect(Set(ShippedConfiguration.all.map(\.name)) == Set(files))
    for shipped in ShippedConfiguration.all {
      let file = folder.appending(path: "\(shipped.name).yaml")
      #expect(try shipped.text == String(contentsOf: file, encoding: .utf8), "\(shipped.name)")
    }
  }

  /// Where a file has the name of a shipped configuration, the file is meant; a folder of the name is not.
  @Test func aFileGoesFirst() throws {
    let script = """
      mkdir early
      "$program" plan --config early --size 32 --set model.architecture=resnet18 --json >/dev/null || exit 3
      echo 'nonsense: 1' >middle
      "$program" plan --config middle
      """
    let result = try ShellRun.run(script)
    #expect(result.status == 64 && result.errors.hasPrefix("fusionctl: middle:1: unknown key 'nonsense'"))
  }
}
