import Basics
import Imagery
import Testing

@testable import DataSets

@Suite struct LegendTests {
  /// Every class of every scheme has a colour, and no two of a scheme share one.
  @Test(arguments: Manifest.builtInNames)
  func everyClassHasItsOwnColour(_ name: String) throws {
    let manifest = try Manifest.builtIn(named: name)
    for scheme in manifest.schemes {
      let colours = try scheme.classNames.map { name in
        try #require(manifest.colour(ofClass: name), "\(scheme.name): \(name)")
      }
      #expect(Set(colours).count == scheme.classCount, "\(scheme.name)")
    }
  }

  /// A line of a legend that no class has would be a misspelt one.
  @Test(arguments: Manifest.builtInNames)
  func everyColourHasAClass(_ name: String) throws {
    let manifest = try Manifest.builtIn(named: name)
    let classes = Set(manifest.schemes.flatMap(\.classNames))
    let legend = try #require(Legend.of(dataSet: name, classes: []))
    #expect(legend.colours.keys.filter { !classes.contains($0) }.sorted() == [])
  }

  @Test func publishedColours() throws {
    let sen12ms = Manifest.sen12ms
    #expect(sen12ms.colour(ofClass: "Evergreen Needleleaf Forests")?.hex == "#05450a")
    #expect(sen12ms.colour(ofClass: "Water")?.hex == "#1c0dff")
    #expect(try Manifest.builtIn(named: "bigearthnet-v1").colour(ofClass: "Peatbogs")?.hex == "#4d4dff")
    #expect(try Manifest.builtIn(named: "so2sat").colour(ofClass: "Water")?.hex == "#6a6aff")
  }

  /// What a manifest states counts before the legend of the built-in data set of its name.
  @Test func statedColoursComeFirst() throws {
    let text = ManifestMistakeTests.good.replacing("name: test", with: "name: own-folder")
      .replacing("[field, wood, lake]", with: "[field, water, lake]")
      .replacing("[field, wood]", with: "[field, water]")
      .replacing("splits:", with: "colours: {lake: \"#0000Ff\", wet: \"#000080\"}\nsplits:")
    let manifest = try Manifest(text: text, source: "x")
    #expect(manifest.colour(ofClass: "lake") == Colour(red: 0, green: 0, blue: 255))
    #expect(manifest.colour(ofClass: "wet")?.hex == "#000080")
    #expect(manifest.colour(ofClass: "water")?.hex == "#1c0dff")
    #expect(manifest.colour(ofClass: "field") == nil)
    // A data set of another name with all classes of EuroSAT has their colours.
    let classes = try Manifest.builtIn(named: "eurosat-rgb").classes
    #expect(Legend.of(dataSet: "mine", classes: classes)?.colours["River"]?.hex == "#00ccf2")
    #expect(Legend.of(dataSet: "mine", classes: classes + ["moor"]) == nil)
  }
}
