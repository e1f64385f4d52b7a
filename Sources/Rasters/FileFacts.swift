import Basics

/// What the header of a file tells.
public struct FileFacts: Equatable, Sendable {
  package let size: PatchSize
  package let remarks: FileRemarks

  package init(size: PatchSize, remarks: FileRemarks) {
    self.size = size
    self.remarks = remarks
  }

  /// The error about a file of another size than the others.
  package static func otherSize(_ path: String, _ size: PatchSize, expected: PatchSize) -> InputError {
    InputError(
      .data, path, "expected \(expected) pixels (height×width), found \(size)",
      remedy: "every patch of a data set must have the same size")
  }
}
