import Basics
import Imagery
import Rasters

/// The patches of a synthetic data set, with their places and kinds, before any image is drawn.
struct SyntheticPlan {
  struct Scene: Sendable {
    let id: SceneID
    let projection: String
    /// UTM metres of the upper left corner.
    let east: Double
    let north: Double
    let conditions: SyntheticImages.SceneConditions
  }

  struct Patch: Sendable {
    let id: PatchID
    /// Index of the scene.
    let scene: Int
    /// Index of the patch in its scene.
    let index: Int
    /// Kind of patch, see `SyntheticSignal.kinds`.
    let kind: Int
  }

  /// The purposes for which random numbers are drawn; each has its own streams.
  private enum Purpose: UInt64 {
    case scene, kinds, patch, splits
  }

  private static let regions: [(roi: Int, season: Season)] = [
    (1158, .spring), (1868, .summer), (1970, .fall), (2017, .winter),
  ]

  let scenes: [Scene]
  let patches: [Patch]
  private let options: SyntheticOptions

  init(_ options: SyntheticOptions) throws {
    self.options = options
    scenes = try (0..<options.scenes).map { try Self.scene($0, options) }
    let columns = Self.columns(options)
    precondition(columns * columns >= options.patchesPerScene, "a scene is a square of patches")
    patches = scenes.enumerated().flatMap { number, scene in
      var random = RandomStream(seed: options.seed, path: Purpose.kinds.rawValue, UInt64(number))
      let order = random.permutation(options.patchesPerScene)
      return order.enumerated().map { index, turn in
        Patch(
          id: PatchID(
            roi: scene.id.roi, season: scene.id.season, scene: scene.id.scene, patch: index + 1),
          scene: number, index: index,
          kind: (number * options.patchesPerScene + turn) % options.signal.kinds)
      }
    }
  }

  /// The random numbers of one patch.
  func stream(of patch: Patch) -> RandomStream {
    RandomStream(
      seed: options.seed, path: Purpose.patch.rawValue, UInt64(patch.scene), UInt64(patch.index))
  }

  /// The place of a patch. The patches of a scene lie next to each other, row by row.
  func georeference(of patch: Patch) -> Georeference {
    let scene = scenes[patch.scene]
    let (row, column) = patch.index.quotientAndRemainder(dividingBy: Self.columns(options))
    let metres = Double(options.size) * Georeference.pixelMetres
    return Georeference(
      east: scene.east + Double(column) * metres, north: scene.north - Double(row) * metres,
      projection: scene.projection)
  }

  /// The splits, of whole scenes: a fifth for validation, a fifth for testing, the others for training.
  /// Patches are in ascending order.
  func splits() -> [Split: [PatchID]] {
    var random = RandomStream(seed: options.seed, path: Purpose.splits.rawValue)
    let order = random.permutation(scenes.count)
    let held = max(1, Int((Double(scenes.count) / 5).rounded()))
    func members(_ scenes: ArraySlice<Int>) -> [PatchID] {
      let chosen = Set(scenes)
      return patches.filter { chosen.contains($0.scene) }.map(\.id).sorted()
    }
    return [
      .test: members(order[..<held]), .validation: members(order[held..<2 * held]),
      .train: members(order[(2 * held)...]),
    ]
  }

  private static func columns(_ options: SyntheticOptions) -> Int {
    Int(Double(options.patchesPerScene).squareRoot().rounded(.up))
  }

  private static func scene(_ number: Int, _ options: SyntheticOptions) throws -> Scene {
    var random = RandomStream(seed: options.seed, path: Purpose.scene.rawValue, UInt64(number))
    let region = regions[number % regions.count]
    let epsg = (random.next() >> 63 == 0 ? 32_601 : 32_701) + random.integer(below: 60)
    return Scene(
      id: SceneID(roi: region.roi, season: region.season, scene: number + 1),
      projection: try Georeference.projection(epsg: epsg),
      east: 200_000 + 400_000 * random.uniform(), north: 2_000_000 + 5_000_000 * random.uniform(),
      conditions: .init(&random))
  }
}
