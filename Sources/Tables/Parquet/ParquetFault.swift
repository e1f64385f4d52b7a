/// What is wrong with a Parquet file, before the file and the column are known.
enum ParquetFault: Error {
  /// Bytes contradict the format or one another.
  case damaged(String)
  /// The file is outside the subset that is read: "encoding DELTA_BINARY_PACKED".
  case unsupported(String)
  /// A size is above a limit.
  case tooLarge(String)
}
