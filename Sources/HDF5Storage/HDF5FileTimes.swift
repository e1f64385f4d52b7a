import Basics

/// The times that HDF5 stores although it is told not to.
///
/// A file whose lists are longer than usual has an object of its own that says so (superblock extension). HDF5 writes into
/// it when it was made, and has no property against that.
enum HDF5FileTimes {
  /// Replaces the times by zeros.
  /// - Parameter file: a file without user block that HDF5 has closed.
  /// - Throws: `HDF5Damage` when it is no such file; `InputError` (environment) when it cannot be read or written.
  static func clear(in file: OpenFile) throws {
    let storage = try HDF5Storage(file, userBlock: 0)
    let what = "the beginning of the file"
    var cursor = HDF5Cursor(try storage.structure(at: 0, count: 48, what).dropFirst(20), of: what)
    guard let address = try cursor.address() else { return }
    let name = "the file's own object"
    let beginning = try HDF5ObjectHeader.Beginning(at: address, named: name, in: storage)
    var header = try storage.structure(at: address, count: beginning.count, name)
    for index in beginning.times { header[index] = 0 }
    let sum = HDF5Checksum.value(of: header.dropLast(4))
    let end = header.count - 4
    for byte in 0..<4 { header[end + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * byte)) }
    try header.withUnsafeBytes { try file.write($0, at: address) }
  }
}
