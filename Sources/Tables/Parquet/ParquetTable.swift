import Basics

/// Reads a Parquet file into a table.
struct ParquetTable {
  private let path: String
  private let limits: TableLimits
  private let file: OpenFile
  private let size: Int

  init(_ path: String, limits: TableLimits) throws {
    self.path = path
    self.limits = limits
    file = try OpenFile.reading(path, kind: .data, files: .system)
    size = try file.size()
    guard size <= limits.fileBytes else {
      throw InputError(
        .data, path, "has \(size) bytes, more than the \(limits.fileBytes) that are read",
        remedy: "write only the needed columns")
    }
  }

  func read(wanted: Set<String>?) throws -> Table {
    let footer = try footer()
    let chosen = footer.parsed.schema.columns.filter { wanted?.contains($0.name) ?? true }
    let lists = footer.parsed.schema.columns.compactMap { column in
      if case .values(let leaf) = column.content, leaf.isList { column.name } else { nil }
    }
    var reader = ChunkReader(file: file, end: footer.start, limits: limits)
    var columns: [String: TableColumn] = [:]
    for column in chosen {
      do {
        columns[column.name] = try reader.read(column, of: footer.parsed)
      } catch let fault as ParquetFault {
        throw error(fault, column: column.name, lists: lists)
      } catch let refusal as TextRefusal {
        throw InputError(
          .data, path, "column '\(shownName(column.name))' \(refusal.text)", remedy: refusal.remedy)
      }
    }
    return Table(
      names: footer.parsed.schema.columns.map(\.name), rowCount: footer.parsed.rows, columns: columns)
  }

  /// The footer, and where it begins.
  private func footer() throws -> (parsed: ParquetFooter, start: Int) {
    guard size >= 12 else { throw strange("is too short for a Parquet file") }
    let beginning = try bytes(from: 0, count: min(size, 40))
    let end = try bytes(from: size - 8, count: 8)
    if end.suffix(4).elementsEqual("PARE".utf8) {
      throw error(.unsupported("encryption"), column: nil, lists: [])
    }
    guard beginning.starts(with: "PAR1".utf8) else {
      throw strange("is not a Parquet file: it begins with \(excerpt(beginning))")
    }
    guard end.suffix(4).elementsEqual("PAR1".utf8) else {
      throw strange("is cut off or damaged: it does not end in \"PAR1\"")
    }
    let length = end.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= size - 12 else {
      throw strange("is damaged: its footer of \(length) bytes is longer than the file")
    }
    guard length <= limits.footerBytes else {
      throw error(
        .tooLarge("has a footer of \(length) bytes, more than the \(limits.footerBytes) that are read"),
        column: nil, lists: [])
    }
    let start = size - 8 - length
    let bytes = try bytes(from: start, count: length)
    do {
      return (try bytes.withUnsafeBytes { try ParquetFooter($0, limits: limits) }, start)
    } catch let fault as ParquetFault {
      throw error(fault, column: nil, lists: [])
    }
  }

  private func bytes(from start: Int, count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: start) }
    return bytes
  }

  private func strange(_ problem: String) -> InputError {
    InputError(.data, path, problem, remedy: "get the file again")
  }
}

// Errors.
extension ParquetTable {
  private func error(_ fault: ParquetFault, column: String?, lists: [String]) -> InputError {
    let place = column.map { "column '\(shownName($0))' " } ?? ""
    switch fault {
    case .damaged(let text):
      return InputError(.data, path, "\(place)is damaged: \(text)", remedy: "get the file again")
    case .unsupported(let text):
      return InputError(.data, path, "\(place)uses \(text), which is not read", remedy: conversion(lists))
    case .tooLarge(let text): return InputError(.data, path, place + text, remedy: conversion(lists))
    }
  }

  /// A command that writes the table as CSV. Names of others stand in it only if no shell gives them a meaning.
  private func conversion(_ lists: [String]) -> String {
    func isHarmless(_ name: some StringProtocol) -> Bool {
      name.utf8.allSatisfy { byte in
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
          || "_.-".utf8.contains(byte)
      } && !name.isEmpty
    }
    let name = path.split(separator: "/").last.flatMap { isHarmless($0) ? $0 : nil } ?? "metadata.parquet"
    let stem = name.split(separator: ".").first ?? "metadata"
    let joined = lists.prefix(3).filter(isHarmless).map { "d['\($0)']=d['\($0)'].str.join(';'); " }.joined()
    return "convert it to CSV: python -c \"import pandas as p; d=p.read_parquet('\(name)'); \(joined)"
      + "d.to_csv('\(stem).csv',index=False)\""
  }
}
