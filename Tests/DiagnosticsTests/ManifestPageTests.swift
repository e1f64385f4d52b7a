import Testing

@testable import DataSets
@testable import Diagnostics
@testable import Imagery
@testable import Presentation

/// Pages of manifests that are built in.
@Suite struct ManifestPageTests {
  /// Every file of a patch is shown with a path as it is published.
  @Test(arguments: Manifest.builtInNames) func everyPathHasAnExample(name: String) throws {
    let manifest = try Manifest.builtIn(named: name)
    let example = try #require(ExampleFields(manifest))
    let paths = ManifestPaths(manifest)
    let templates = manifest.sensors.flatMap(paths.templates) + [paths.labels].compactMap { $0 }
    for template in templates {
      let path = try #require(example.path(template), "\(template.text)")
      #expect(!path.contains("{") && !path.contains("//"))
    }
    if case .files(let template, let match) = manifest.catalog.source {
      for (field, expression) in match {
        let value = try #require(try example.path(Template("{\(field)}")))
        #expect(expression.matches(value), "\(template.text): \(field)")
      }
    }
  }

  /// A manifest of one's own has no example, and its page needs none.
  @Test func ownManifests() throws {
    let text = try Manifest.builtIn(named: "own-folder").text
    let manifest = try Manifest(text: text, source: "dataset.yaml")
    #expect(ExampleFields(manifest) == nil)
    let page = ManifestPage(manifest, .plain).text
    #expect(page.contains("data.manifest=dataset.yaml") && page.contains("{folder}/{name}_opt.tif"))
    #expect(page.contains("of 20 m: HH, HV"))
  }
}
