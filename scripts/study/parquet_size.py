#!/usr/bin/env python3
"""Writes a table with the shape of BigEarthNet v2's metadata: 549,488 rows, eight columns, of which one is a list.

The table has the layout of the official file: groups of 124,928 rows, zstd, dictionaries for `split` and `country`.
The values are made up. With --csv it writes the same rows as CSV.

usage: scripts/study/parquet_size.py FILE.parquet [--csv FILE.csv] [--rows N] [--pages 1|2] [--codec zstd|snappy|gzip|none]
needs: pip install pyarrow
"""
import argparse
import random

import pyarrow
import pyarrow.parquet

CLASSES = [
    "Urban fabric", "Industrial or commercial units", "Arable land", "Permanent crops", "Pastures",
    "Complex cultivation patterns",
    "Land principally occupied by agriculture, with significant areas of natural vegetation", "Agro-forestry areas",
    "Broad-leaved forest", "Coniferous forest", "Mixed forest", "Natural grassland and sparsely vegetated areas",
    "Moors, heathland and sclerophyllous vegetation", "Transitional woodland, shrub", "Beaches, dunes, sands",
    "Inland wetlands", "Coastal wetlands", "Inland waters", "Marine waters",
]
COUNTRIES = ["Austria", "Belgium", "Finland", "Ireland", "Kosovo", "Lithuania", "Luxembourg", "Portugal", "Serbia",
             "Switzerland"]


def table(rows):
    """The rows: 115 tiles, each with places in a grid of 90 by 90, most of which were seen on two or three dates.

    A place lies in one split. Ids differ.
    """
    draw = random.Random(20260101)
    columns = {name: [] for name in ("patch_id", "labels", "split", "country", "s1_name", "s2v1_name",
                                     "contains_seasonal_snow", "contains_cloud_or_shadow")}
    for index in range(115):
        count = rows * (index + 1) // 115 - rows * index // 115
        tile = f"{26 + index % 14}{''.join(draw.choice('ABCDEFGHJKLMNPQRSTUVWXYZ') for _ in range(3))}"
        days = [f"2017{6 + date:02}{draw.randrange(1, 29):02}T{draw.randrange(9, 12):02}1031" for date in range(3)]
        places = draw.sample([(x, y) for x in range(90) for y in range(90)], max(1, count * 49 // 100))
        splits = [draw.choice(["train", "train", "validation", "test"]) for _ in places]
        for row in range(count):
            (x, y), day = places[row % len(places)], days[row // len(places)]
            columns["patch_id"].append(f"S2A_MSIL2A_{day}_N9999_R{index:03}_T{tile}_{x:02}_{y:02}")
            columns["labels"].append(sorted(draw.sample(CLASSES, draw.choice([1, 2, 2, 3, 3, 3, 4, 4, 5]))))
            columns["split"].append(splits[row % len(places)])
            columns["country"].append(COUNTRIES[index % 10])
            columns["s1_name"].append(f"S1A_IW_GRDH_1SDV_{day[:9]}164{index:03}_{tile}_{x}_{y}")
            columns["s2v1_name"].append(f"S2A_MSIL2A_{day}_{x}_{y}")
            columns["contains_seasonal_snow"].append(draw.random() < 0.11)
            columns["contains_cloud_or_shadow"].append(draw.random() < 0.016)
    return pyarrow.table(columns)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--csv")
    parser.add_argument("--rows", type=int, default=549_488)
    parser.add_argument("--pages", choices=["1", "2"], default="1")
    parser.add_argument("--codec", choices=["zstd", "snappy", "gzip", "none"], default="zstd")
    options = parser.parse_args()
    rows = table(options.rows)
    pyarrow.parquet.write_table(
        rows, options.file, row_group_size=124_928, compression=options.codec,
        use_dictionary=["split", "country"], data_page_version=f"{options.pages}.0")
    if options.csv:
        import csv
        with open(options.csv, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(rows.column_names)
            for row in zip(*(column.to_pylist() for column in rows.columns)):
                writer.writerow([";".join(value) if isinstance(value, list) else value for value in row])


main()
