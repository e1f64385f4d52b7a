import Basics
import DataSets
import Imagery
import Testing

@testable import Experiments

@Suite struct ClassColourTests {
  /// An experiment with a data set of some classes.
  private func experiment(classes: [String], colours: String = "{}") throws -> Experiment {
    let text = """
      manifest: 1
      name: mine
      catalog: {files: "{kind}/{number}.png", match: {kind: '\\w+', number: '\\d+'}, id: "{number}"}
      sensors: {rgb: {files: "{kind}/{number}.png", type: uint8, bands: [red, green, blue]}}
      labels: {kind: single, field: kind}
      classes: [\(classes.joined(separator: ", "))]
      colours: \(colours)
      """
    var experiment = Experiment()
    experiment.manifest = try Manifest(text: text, source: "dataset.yaml")
    experiment.labels.scheme = "full"
    return experiment
  }

  @Test func aPaletteHasEachColourOnce() throws {
    let colours = try experiment(classes: (1...48).map { "c\($0)" }).classColours
    #expect(Set(colours).count == 48)
  }

  /// Colours that the manifest states are not given to other classes.
  @Test func statedColoursAreTaken() throws {
    let plain = try experiment(classes: ["a", "b", "c"]).classColours
    let own = try experiment(classes: ["a", "b", "c"], colours: "{c: \"\(plain[0].hex)\"}").classColours
    #expect(own == [plain[1], plain[2], plain[0]])
  }

  @Test func aSchemeHasTheColoursOfTheLegend() {
    var experiment = Experiment()
    #expect(experiment.classColours.map(\.hex).prefix(2) == ["#009900", "#c6b044"])
    experiment.labels.scheme = "full"
    #expect(experiment.classColours.count == 17 && experiment.classColours[0].hex == "#05450a")
  }
}
