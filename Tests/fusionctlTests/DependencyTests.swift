import Foundation
import TestSupport
import Testing

/// The package as another one sees it.
@Suite struct DependencyTests {
  private static let repository = TrainedRun.repository

  /// SwiftPM refuses targets with unsafe flags in a dependency by version. What it resolves here are this package's
  /// manifest and sources under a tag; other packages are left out, so that no network is needed.
  @Test func aPackageCanDependOnAVersion() throws {
    let manifest = try String(contentsOf: Self.repository.appending(path: "Package.swift"), encoding: .utf8)
    let libraries = manifest.split(separator: "\n").compactMap {
      $0.firstMatch(of: /\.library\(name: "(\w+)"/).map { (name: $0.1, line: $0.0) }
    }
    #expect(libraries.count == 3)
    let products = libraries.map { ".product(name: \"\($0.name)\", package: \"library\")" }
    let result = try ShellRun.run(
      #"""
      set -e
      export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a
      mkdir -p library/scripts app/Sources/App
      cp -r "$repository/Sources" library/
      cp -r "$repository/scripts/slurm" library/scripts/
      grep -vE '\.package\(url:|\.product\(name:' "$repository/Package.swift" > library/Package.swift
      git -C library init -q && git -C library add -A && git -C library commit -qm x && git -C library tag 1.0.0
      cat > app/Package.swift <<EOF
      // swift-tools-version: 6.1
      import PackageDescription
      let package = Package(
        name: "app", dependencies: [.package(url: "file://$PWD/library", from: "1.0.0")],
        targets: [.executableTarget(name: "App", dependencies: [$products])])
      EOF
      echo 'import Experiments' > app/Sources/App/main.swift
      swift package --package-path app --cache-path cache --disable-dependency-cache show-dependencies
      """#,
      environment: ["repository": Self.repository.path, "products": products.joined(separator: ", ")])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("library@1.0.0"), "\(result.output)")
  }

  @Test func thePageShowsTheExampleThatIsBuilt() throws {
    let page = try String(contentsOf: Self.repository.appending(path: "docs/library.md"), encoding: .utf8)
    let example = try String(
      contentsOf: Self.repository.appending(path: "Examples/ClassifyImages/main.swift"), encoding: .utf8)
    #expect(page.contains("```swift\n\(example)```"))
  }
}
