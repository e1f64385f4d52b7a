#!/usr/bin/env python3
"""Writes the Parquet files of this folder, and a CSV with the rows of those that can be read.

values-1.parquet and values-2.parquet have the rows of values.csv: each type that is read, with missing values, empty
lists, several groups of rows and pages, in both versions of pages. Each other file has one thing that is refused.

needs: pip install pyarrow
"""
import csv
import datetime
import pathlib

import pyarrow
import pyarrow.parquet

FOLDER = pathlib.Path(__file__).parent
ROWS = 60


def sometimes(row, value):
    return None if row % 7 == 3 else value


def text(value):
    """The value in CSV."""
    if value is None or value != value:
        return ""
    if isinstance(value, list):
        return ";".join(value)
    return value if isinstance(value, str) else repr(value)


def values():
    rows = range(ROWS)
    floats = [0.0, -0.0, 1.5, 1e15, 1e16, 1e-4, 1e-5, 0.1, float("inf"), -2.5e-308, float("nan"), 123456789.0]
    names = ["Arable land", "Transitional woodland, shrub", 'a "quoted" name', "Zürich", "line\nend", ""]
    columns = {
        "id": ([f"id_{row:03}" for row in rows], pyarrow.string(), False),
        "name": ([sometimes(row, names[row % 6]) for row in rows], pyarrow.string(), True),
        "labels": ([sometimes(row, names[:row % 4]) for row in rows], pyarrow.list_(pyarrow.string()), True),
        "flag": ([sometimes(row, row % 3 == 0) for row in rows], pyarrow.bool_(), True),
        "sure": ([row % 2 == 0 for row in rows], pyarrow.bool_(), False),
        "small": ([row - 30 for row in rows], pyarrow.int8(), False),
        "whole": ([sometimes(row, -(3 ** (row % 19))) for row in rows], pyarrow.int32(), True),
        "long": ([(-1) ** row * 2 ** (row % 63) for row in rows], pyarrow.int64(), True),
        "unsigned": ([2 ** 32 - 1 - row for row in rows], pyarrow.uint32(), True),
        "longest": ([2 ** 64 - 1 - row for row in rows], pyarrow.uint64(), True),
        "single": ([sometimes(row, row / 8 + 0.5) for row in rows], pyarrow.float32(), True),
        "real": ([floats[row % 12] for row in rows], pyarrow.float64(), True),
        "nothing": ([None for _ in rows], pyarrow.null(), True),
    }
    schema = pyarrow.schema([pyarrow.field(name, kind, nullable) for name, (_, kind, nullable) in columns.items()])
    table = pyarrow.table([pyarrow.array(data, kind) for data, kind, _ in columns.values()], schema=schema)
    pyarrow.parquet.write_table(
        table, FOLDER / "values-1.parquet", compression="gzip", row_group_size=25, data_page_size=40,
        write_batch_size=5, use_dictionary=["name", "labels", "whole", "real"], write_statistics=False,
        write_page_checksum=True, store_schema=False)
    pyarrow.parquet.write_table(
        table, FOLDER / "values-2.parquet", compression="snappy", row_group_size=40, data_page_size=40,
        write_batch_size=5, data_page_version="2.0", use_dictionary=["id", "labels", "longest"],
        write_statistics=False, store_schema=False)
    with open(FOLDER / "values.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*(data for data, _, _ in columns.values())):
            writer.writerow([text(value) for value in row])


def refused():
    def write(name, data, kind=None, **options):
        table = pyarrow.table({"id": ["a", "b"], "x": pyarrow.array(data, kind)})
        pyarrow.parquet.write_table(
            table, FOLDER / f"{name}.parquet", use_dictionary=False, write_statistics=False, store_schema=False,
            **options)

    write("brotli", ["a", "b"], compression="brotli")
    write("lz4", ["a", "b"], compression="lz4")
    write("delta", [1, 2], pyarrow.int32(), column_encoding={"x": "DELTA_BINARY_PACKED"})
    write("delta-texts", ["a", "b"], column_encoding={"x": "DELTA_LENGTH_BYTE_ARRAY"})
    write("date", [datetime.date(2017, 6, 13)] * 2)
    write("time", [datetime.datetime(2017, 6, 13)] * 2)
    write("structure", [{"a": 1, "b": 2}] * 2)
    write("lists-of-lists", [[["a"], ["b"]], []])
    write("bytes", [b"12", b"34"], pyarrow.binary(2))


values()
refused()
