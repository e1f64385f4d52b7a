/// Files of weights, and where they go in a network.
package struct WeightRequest: Sendable {
  package struct File: Sendable {
    package let path: String
    /// Sensors and `shared`; empty for the default.
    package var into: [String] = []
    /// What the input channels of the file's network are: a preset such as `ssl4eo-s2`, or names; nil to find out.
    package var bands: String?
    /// The dictionary that holds the weights; nil to find out.
    package var take: String?
    /// What stands before the names of the network; nil to find out.
    package var prefix: String?

    package init(_ path: String) { self.path = path }
  }

  package var files: [File]
  /// Whether tensors may be missing, left over, or of another shape.
  package var isPartial = false
  /// Whether objects of unknown classes are left out; otherwise such a file is refused.
  package var ignoresObjects = false

  package init(_ files: [File]) { self.files = files }

  /// Whether nothing is said about the files but their paths.
  package var isPlain: Bool {
    !isPartial && !ignoresObjects
      && files.allSatisfy { $0.into.isEmpty && $0.bands == nil && $0.take == nil && $0.prefix == nil }
  }
}
