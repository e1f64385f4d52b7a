import Basics
import Rasters

/// What a user asks of a map.
package struct MapOptions: Sendable {
  package let scene: SceneRequest
  /// Pixels between windows; nil for half a window.
  package var stride: Int?
  /// Height and width of a window in pixels; nil takes the size of the training patches.
  package var window: PatchSize?
  /// Whether each pixel of the scene has a pixel of the map. Otherwise each stride has one.
  package var isFull = false
  /// The largest share of missing pixels of a window that counts, 0…1.
  package var mostMissing = 0.1
  /// Whether a single-label map comes with a file of the probabilities of all classes.
  package var writesProbabilities = false
  /// Whether existing files and other unfinished work are replaced.
  package var replaces = false

  package init(_ scene: SceneRequest) { self.scene = scene }
}
