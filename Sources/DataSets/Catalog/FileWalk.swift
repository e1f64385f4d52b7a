import Basics
import Foundation
import Imagery
import Tables

/// The files below a folder whose whole paths match a template, found by listing folders. No file is looked at, except
/// through links.
///
/// Only folders that can lead to such a file are listed, several at a time, because file servers answer slowly.
struct FileWalk {
  let rows: PatchRows
  let strangers: Strangers

  private struct Listing: Sendable {
    var paths: [[UInt8]] = []
    var strangers = Strangers()
    var isThere = true
  }

  /// - Throws: `InputError` (data) when no file matches, or a folder or a link cannot be read.
  init(_ template: Template, match: [String: BoundedExpression], in root: URL, threads: Int) throws {
    let pattern: PathPattern
    do {
      pattern = try PathPattern(template, match: match)
    } catch {
      throw InputError(.data, "catalog.files \"\(shownName(template.text))\"", error.text)
    }
    // The paths of folders end with "/", except the root's, which is empty.
    var (paths, strangers, absent) = ([[UInt8]]([[]]), Strangers(), String?.none)
    for (level, form) in PathForm.all(template).enumerated() {
      let listings = try ParallelSweep.map(paths, threads: threads, progress: nil) { folder in
        try Self.listing(of: folder, pattern, form, level: level, in: root)
      }
      for (folder, listing) in zip(paths, listings) {
        if !listing.isThere, absent == nil { absent = String(decoding: folder.dropLast(), as: UTF8.self) }
        strangers.add(listing.strangers)
      }
      paths = listings.flatMap(\.paths)
      guard paths.count <= Int(UInt32.max) else {
        throw InputError(.data, root.path, "holds more files than patches can be numbered")
      }
    }
    guard !paths.isEmpty else {
      throw Self.nothing(template, in: root, absent: absent, strangers)
    }
    rows = Self.rows(of: paths, template, pattern)
    self.strangers = strangers
  }

  /// The paths in a folder that match the template up to a level: folders, or files at the last one.
  private static func listing(
    of folder: [UInt8], _ pattern: PathPattern, _ form: PathForm, level: Int, in root: URL
  ) throws -> Listing {
    let isLast = level == pattern.components.count - 1
    var listing = Listing()
    let matcher = PathPattern.Matcher(pattern)
    if !isLast, pattern.components[level].newFields.isEmpty {
      // The name of the folder follows from what is known.
      let known = folder.withUnsafeBufferPointer { folder in
        matcher.takes(prefix: folder)
        return form.name { field in
          pattern.fields.firstIndex(of: field).map {
            String(decoding: folder[matcher.range(ofField: $0)], as: UTF8.self)
          }
        }
      }
      guard let known else { preconditionFailure("every field of the folder's name has a value") }
      listing.paths = [folder + Array(known.utf8) + [slash]]
      return listing
    }
    var entryPath = folder
    listing.isThere = try FolderListing.visit(Self.place(folder, in: root)) { name, entry in
      if entry == (isLast ? .folder : .file) { return }
      entryPath.removeSubrange(folder.count...)
      entryPath += name
      let fits = entryPath.withUnsafeBufferPointer { bytes in
        matcher.takes(prefix: UnsafeBufferPointer(rebasing: bytes[..<folder.count]))
        return matcher.matches(component: level, of: bytes, from: folder.count)
      }
      guard fits else {
        guard entry != .other, form.fits(name) else { return }
        listing.strangers.add(
          Strangers(count: 1, names: [String(decoding: entryPath, as: UTF8.self) + (isLast ? "" : "/")]))
        return
      }
      if entry == .other {
        let full = Self.place(entryPath, in: root)
        let state = PathState.of(full)
        if let error = state.error(.data, full) { throw error }
        guard state == .present(isLast ? .file : .folder) else { return }
      }
      listing.paths.append(isLast ? entryPath : entryPath + [slash])
    }
    return listing
  }

  private static func rows(of paths: [[UInt8]], _ template: Template, _ pattern: PathPattern) -> PatchRows {
    var columns = [TextColumn](repeating: TextColumn(), count: pattern.fields.count)
    let matcher = PathPattern.Matcher(pattern)
    for path in paths {
      path.withUnsafeBufferPointer { bytes in
        precondition(matcher.matches(bytes), "a path that was found matches the template")
        for field in columns.indices {
          columns[field].append(bytes: UnsafeBufferPointer(rebasing: bytes[matcher.range(ofField: field)]))
        }
      }
    }
    return PatchRows(
      .files(template),
      fields: zip(pattern.fields, columns).map { name, texts in
        var texts = texts
        texts.trim()
        return .init(name, texts)
      }, count: paths.count)
  }

  private static func nothing(
    _ template: Template, in root: URL, absent: String?, _ strangers: Strangers
  ) -> InputError {
    let reason =
      if let absent {
        "there is no folder \(absent.isEmpty ? root.path : absent)"
      } else if let first = strangers.names.first {
        "\(counted(strangers.count, "name")) of its form \(strangers.count == 1 ? "does" : "do") not match, first "
          + first
      } else {
        "no name has its form"
      }
    return InputError(
      .data, root.path, "no file matches catalog.files \"\(shownName(template.text))\": \(reason)",
      remedy: "give the folder in which the template begins, or correct the template")
  }

  private static func place(_ path: [UInt8], in root: URL) -> String {
    path.isEmpty ? root.path : root.path + "/" + String(decoding: path, as: UTF8.self)
  }

  private static let slash = UInt8(ascii: "/")
}

extension PathPattern.Matcher {
  /// Takes the values of fields from the path of a folder that has matched.
  /// - Parameter prefix: the path with "/" behind it, or nothing for the root.
  fileprivate func takes(prefix: UnsafeBufferPointer<UInt8>) {
    var (start, component) = (0, 0)
    while start < prefix.count {
      guard let end = prefix[start...].firstIndex(of: UInt8(ascii: "/")) else {
        preconditionFailure("the path of a folder ends with a slash")
      }
      let fits = matches(
        component: component, of: UnsafeBufferPointer(rebasing: prefix[..<end]), from: start)
      precondition(fits, "a folder that was found matches the template")
      (start, component) = (end + 1, component + 1)
    }
  }
}
