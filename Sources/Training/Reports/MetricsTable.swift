import Basics
import Foundation
import Metrics
import Presentation

/// `metrics.csv` of a run: one row for each epoch. A figure that does not exist is an empty cell.
///
/// A file with the columns of earlier versions is read too. The next epoch rewrites the whole file with the columns
/// of this version, so that no file has rows of both.
///
/// A run with an epoch on an accelerator has one more column, the last: `peak_device_bytes`.
package struct MetricsTable: Equatable, Sendable {
  /// In order of epochs.
  package private(set) var rows: [EpochRecord] = []

  /// - Parameter rows: in order of epochs.
  package init(_ rows: [EpochRecord] = []) { self.rows = rows }

  /// Titles of the columns that every file has.
  package static let columns =
    ["epoch", "train_loss", "val_loss"] + MetricKey.allCases.map { "val_\($0.rawValue)" }
    + ["seconds", "images_per_second", "data_wait_share", "learning_rate"]

  private static let deviceColumn = "peak_device_bytes"

  /// The file's text. Numbers have all their digits.
  package var text: String {
    let hasDevice = rows.contains { $0.peakDeviceBytes != nil }
    let lines = rows.map { row in
      ["\(row.epoch)"] + row.numbers.map { $0.isNaN ? "" : "\($0)" }
        + (hasDevice ? [row.peakDeviceBytes.map(String.init) ?? ""] : [])
    }
    let head = Self.columns + (hasDevice ? [Self.deviceColumn] : [])
    return ([head] + lines).map { CommaSeparated.line($0) + "\n" }.joined()
  }

  /// Reads the file's text.
  /// - Parameter source: the file's name in messages.
  /// - Throws: `InputError` (data) that names the line that is wrong.
  package init(text: String, source: String) throws {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let remedy = "move the file away to start a new one"
    guard let head = lines.first.flatMap(CommaSeparated.cells), let places = Self.places(in: head) else {
      throw InputError(
        .data, "\(source):1", "the columns are not those that this program writes", remedy: remedy)
    }
    for (number, line) in lines.enumerated().dropFirst() where !line.isEmpty {
      let cells = CommaSeparated.cells(line) ?? []
      let numbers = cells.count == head.count ? places.compactMap { Self.number(cells[$0]) } : []
      guard numbers.count == Self.columns.count, let epoch = Int(exactly: numbers[0]) else {
        throw InputError(.data, "\(source):\(number + 1)", "expected \(head.count) numbers", remedy: remedy)
      }
      guard epoch > rows.last?.epoch ?? 0 else {
        throw InputError(
          .data, "\(source):\(number + 1)", "epoch \(epoch) follows epoch \(rows.last?.epoch ?? 0)",
          remedy: remedy)
      }
      var row = EpochRecord(epoch: epoch, numbers: Array(numbers.dropFirst()))
      if let place = head.firstIndex(of: Self.deviceColumn), !cells[place].isEmpty {
        guard let bytes = BoundedNumber.whole(cells[place], in: BoundedNumber.Bounds.bytes) else {
          throw InputError(
            .data, "\(source):\(number + 1)", "\(Self.deviceColumn) is not a number of bytes", remedy: remedy)
        }
        row.peakDeviceBytes = bytes
      }
      rows.append(row)
    }
  }

  /// The position of each of `columns` in a file with this header; nil for a file with other columns.
  private static func places(in head: [String]) -> [Int]? {
    let names = head.map(currentName)
    let places = columns.compactMap { names.firstIndex(of: $0) }
    let isWhole = places.count == columns.count && places.first == 0
    let others = [droppedColumn, deviceColumn]
    return isWhole && names.count { !others.contains($0) } == columns.count ? places : nil
  }

  /// A column of earlier versions that repeats another column, up to rounding.
  private static let droppedColumn = "val_macro_accuracy"

  /// The name that a column of earlier versions has now.
  private static func currentName(_ column: String) -> String {
    guard column.hasPrefix("val_"), let key = MetricKey(storedName: String(column.dropFirst(4))) else {
      return column
    }
    return "val_\(key.rawValue)"
  }

  /// The number in a cell; NaN for an empty cell.
  private static func number(_ cell: String) -> Double? { cell.isEmpty ? .nan : Double(cell) }

  /// Reads the file.
  /// - Throws: `InputError` (data) if it is missing or damaged.
  package init(contentsOf path: String) throws {
    let data = try ReportFile.read(path, what: "the table of epochs")
    try self.init(text: String(decoding: data, as: UTF8.self), source: path)
  }

  /// Replaces the file.
  /// - Throws: `InputError` (environment) if it cannot be written.
  package func write(to path: String, files: FileSystem = .system) throws {
    try ReportFile.write(Data(text.utf8), to: path, files: files)
  }

  /// Equal text, so that a NaN equals itself.
  package static func == (a: MetricsTable, b: MetricsTable) -> Bool { a.text == b.text }
}

extension EpochRecord {
  /// The numbers in the order of `MetricsTable.columns`, without the epoch.
  fileprivate var numbers: [Double] {
    [trainLoss, validationLoss] + MetricKey.allCases.map { validation[$0] ?? .nan }
      + [pace.seconds, pace.imagesPerSecond, pace.dataWaitShare, learningRate]
  }

  fileprivate init(epoch: Int, numbers: [Double]) {
    let rest = Array(numbers.suffix(4))
    self.init(
      epoch: epoch, trainLoss: numbers[0], validationLoss: numbers[1], learningRate: rest[3],
      pace: Pace(seconds: rest[0], imagesPerSecond: rest[1], dataWaitShare: rest[2]),
      validation: Dictionary(uniqueKeysWithValues: zip(MetricKey.allCases, numbers[2...])))
  }
}
