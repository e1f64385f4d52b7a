import Basics
import Imagery

/// What a pack is made from: the patches of a data set, their labels and splits, and the store of their samples.
package struct PackSource: Sendable {
  /// The facts about a patch that a pack keeps.
  package struct Patch: Sendable {
    package let id: String
    /// The group that may not be in two splits; nil where the data set names none. All patches have one, or none has.
    package let group: String?
    /// What intervals are resampled by; nil where each patch stands for itself. All patches have one, or none has.
    package let cluster: String?
    /// A number for each class, as the source of labels has it; nil for a patch without label.
    package let labels: ArraySlice<Double>?

    package init(id: String, group: String?, cluster: String?, labels: ArraySlice<Double>?) {
      (self.id, self.group, self.cluster, self.labels) = (id, group, cluster, labels)
    }
  }

  /// The patches of a split, or those of no list.
  package struct List: Sendable {
    /// The name in the names of shards: "train", "validation", "test", "unlisted".
    package let name: String
    /// Numbers in the catalogue, in the order of the split.
    package let patches: [Int]

    package init(_ name: String, _ patches: [Int]) { (self.name, self.patches) = (name, patches) }
  }

  /// The text of the manifest that describes the data set.
  package let manifest: String
  /// Names of the numbers of a label, in order.
  package let classes: [String]
  package let sensors: [PackedSensor]
  /// Size of every patch.
  package let size: PatchSize
  package let lists: [List]
  package let store: any PatchStore
  /// The facts about a patch, by its number in the catalogue.
  package let patch: @Sendable (Int) -> Patch
  /// The paths of a patch's files of a sensor.
  package let files: @Sendable (Int, Sensor) -> [String]

  package init(
    manifest: String, classes: [String], sensors: [PackedSensor], size: PatchSize, lists: [List],
    store: any PatchStore, details: Details
  ) {
    (self.manifest, self.classes, self.sensors, self.size) = (manifest, classes, sensors, size)
    (self.lists, self.store) = (lists, store)
    (patch, files) = (details.patch, details.files)
  }

  /// The facts about patches, by their numbers in the catalogue.
  package struct Details: Sendable {
    let patch: @Sendable (Int) -> Patch
    let files: @Sendable (Int, Sensor) -> [String]

    package init(
      patch: @escaping @Sendable (Int) -> Patch, files: @escaping @Sendable (Int, Sensor) -> [String]
    ) {
      (self.patch, self.files) = (patch, files)
    }
  }

  /// The form of every shard.
  func form(_ options: PackOptions) -> PackForm {
    let first = lists.lazy.flatMap(\.patches).first.map(patch)
    return PackForm(
      sensors: sensors.map { SensorForm($0.packed, size: size) }, classes: classes, codec: options.codec,
      hasGroups: first?.group != nil, hasClusters: first?.cluster != nil)
  }
}
