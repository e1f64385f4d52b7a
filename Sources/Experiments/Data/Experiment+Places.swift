import Imagery
import Presentation

extension Experiment {
  /// The word for what patches are held out by: a scene of SEN12MS, else a cluster.
  package var placeNoun: String { takesLabelFolder ? "scene" : "cluster" }

  /// How many places some patches come from: "26 scenes"; nil where each patch stands for itself.
  package func placeText(_ patches: [Int], _ catalogue: Catalogue) -> String? {
    catalogue.hasClusters
      ? NumberText.count(catalogue.clusterCount(of: patches), placeNoun, placeNoun + "s")
      : nil
  }
}
