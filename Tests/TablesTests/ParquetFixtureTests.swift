import Basics
import Foundation
import Tables
import Testing

@Suite struct ParquetFixtureTests {
  /// The rows of BigEarthNet's table in five encodings. Its CSV writes booleans in lower case.
  @Test func bigEarthNet() throws {
    let expected = try Table(contentsOf: dataSetFile("bigearthnet-v2/metadata.csv"))
    let rows = expected.rows.map { row in
      row.map { ["false": "False", "true": "True"][$0] ?? $0 }
    }
    #expect(rows.count == 6)
    for name in ["gzip", "page_v2", "pandas_default_snappy", "plain_uncompressed"] {
      let table = try Table(contentsOf: dataSetFile("bigearthnet-v2/variants/\(name).parquet"))
      #expect(table.names == expected.names && table.rows == rows, "\(name)")
    }
    let clear = try Table(contentsOf: dataSetFile("bigearthnet-v2/metadata.parquet"))
    let cloudy = try Table(
      contentsOf: dataSetFile("bigearthnet-v2/metadata_for_patches_with_snow_cloud_or_shadow.parquet"))
    #expect(clear.rows + cloudy.rows == rows)
    guard case .lists(let labels, let ends) = clear.column(named: "labels") else {
      Issue.record("labels are a list")
      return
    }
    #expect(ends == [4, 5, 9, 14, 20] && labels.count == 20 && labels[19] == "Urban fabric")
  }

  @Test(arguments: [1, 2]) func valuesOfEachType(_ version: Int) throws {
    let expected = try Table(contentsOf: dataSetFile("parquet/values.csv"))
    let table = try Table(contentsOf: dataSetFile("parquet/values-\(version).parquet"))
    #expect(table.names == expected.names && table.rowCount == 60)
    for name in expected.names { #expect(table.texts(name) == expected.texts(name), "\(name)") }
  }

  @Test func onlyWantedColumnsAreRead() throws {
    let file = dataSetFile("parquet/date.parquet")
    let table = try Table(contentsOf: file, wanted: ["id", "absent"])
    #expect(
      table.names == ["id", "x"] && table.texts("id") == ["a", "b"] && table.column(named: "x") == nil)
    #expect(
      try Table(contentsOf: dataSetFile("parquet/lists-of-lists.parquet"), wanted: ["id"]).rowCount == 2)
    let named = try #require(throws: InputError.self) { try Table(contentsOf: file, columns: ["id"]) }
    #expect(named.problem == "names its columns itself, since it is a Parquet file")
  }

  @Test(arguments: [
    ("brotli", "compression BROTLI"), ("lz4", "compression LZ4_RAW"),
    ("delta", "encoding DELTA_BINARY_PACKED"), ("delta-texts", "encoding DELTA_LENGTH_BYTE_ARRAY"),
    ("date", "the type DATE"), ("time", "the type TIMESTAMP"), ("structure", "a nested type"),
    ("lists-of-lists", "a nested type"), ("bytes", "the type FIXED_LEN_BYTE_ARRAY"),
  ]) func othersAreRefusedByName(_ name: String, _ what: String) throws {
    let error = try #require(throws: InputError.self) {
      try Table(contentsOf: dataSetFile("parquet/\(name).parquet"), wanted: ["x"])
    }
    #expect(error.problem == "column 'x' uses \(what), which is not read")
    let command = "python -c \"import pandas as p; d=p.read_parquet('\(name).parquet'); "
    #expect(error.remedy == "convert it to CSV: \(command)d.to_csv('\(name).csv',index=False)\"")
  }

  @Test func theRemedyJoinsLists() throws {
    let bytes = try Data(contentsOf: dataSetFile("bigearthnet-v2/metadata.parquet"))
    var limits = TableLimits.standard
    limits.values = 10
    let error = try #require(throws: InputError.self) {
      try table(Array(bytes), "a b$(x).parquet", wanted: ["labels"], limits: limits)
    }
    #expect(error.problem == "column 'labels' brings the values of the table above 10")
    limits = .standard
    limits.pageBytes = 100
    let large = try #require(throws: InputError.self) {
      try table(Array(bytes), "a b$(x).parquet", wanted: ["labels"], limits: limits)
    }
    // A name that a shell would interpret is replaced.
    #expect(large.remedy?.contains("p.read_parquet('metadata.parquet')") == true)
    #expect(large.remedy?.contains("d['labels']=d['labels'].str.join(';')") == true)
  }
}
