import Basics
import Foundation
import Imagery

/// The patches that a data folder has, without labels and lists: all that the manifest's catalogue finds.
package struct UnlabelledPatches: Sendable {
  package let catalogue: Catalogue
  package let store: any PatchStore
  /// Notes for the user.
  package let notes: [String]

  /// - Parameters:
  ///   - data: path of the data folder.
  ///   - threads: number of folders that are listed at a time.
  /// - Throws: `InputError` (data) for a folder or table that cannot be read, and where no patch is found.
  package init(_ manifest: Manifest, data: String, threads: Int) throws {
    try FolderArgument.require(data, "--data")
    let root = URL(filePath: data)
    let listing = try PatchListing(manifest, in: root, threads: threads)
    catalogue = listing.catalogue(manifest)
    store = try manifest.store(of: catalogue, in: root)
    notes = listing.notes
  }
}
