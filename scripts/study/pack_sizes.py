#!/usr/bin/env python3
"""Prints what whole data sets take as files and as packs, from the bytes a patch of small ones that were packed.

    pack_sizes.py PROGRAM FOLDER PATCHES

FOLDER is that of pack_speed.sh, with a tree of SEN12MS's form and packs of it. PATCHES are the files it was made of. A
tree in the form of BigEarthNet v2 is cut from them: 12 bands of three widths of pixels, and two of floats.
"""
import pathlib
import re
import subprocess
import sys

import numpy as np
import rasterio

from pack_speed import pairs, variant

# Patches of each split, as the built-in manifests count them.
SEN12MS = {"train": 162_555, "test": 18_106}
BIGEARTHNET = {"train": 237_871, "validation": 122_342, "test": 119_825}
SHARD = 4 << 30
CROP = 120
# Band, its place in SEN12MS's files, and metres a pixel. Files of SEN12MS have 10 m everywhere.
BANDS = [
    ("B01", 0, 60), ("B02", 1, 10), ("B03", 2, 10), ("B04", 3, 10), ("B05", 4, 20), ("B06", 5, 20), ("B07", 6, 20),
    ("B08", 7, 10), ("B8A", 8, 20), ("B09", 9, 60), ("B11", 11, 20), ("B12", 12, 20)]


def size(folder):
    """Bytes and number of the files below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.stat().st_size for path in files), len(files)


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
            path, "w", driver="GTiff", dtype=pixels.dtype, count=1, height=pixels.shape[0], width=pixels.shape[1]) as file:
        file.write(pixels, 1)


def make_bigearthnet(program, patches, out, count):
    """A data set in the form of BigEarthNet v2, with a table in CSV."""
    sources = pairs(patches)
    lines = ["patch_id,labels,split,country,s1_name,s2v1_name,contains_seasonal_snow,contains_cloud_or_shadow"]
    for number in range(count):
        with rasterio.open(sources[number % len(sources)][0]) as file:
            optical = variant(file.read(), number)[:, :CROP, :CROP]
        with rasterio.open(sources[number % len(sources)][1]) as file:
            radar = variant(file.read(), number)[:, :CROP, :CROP]
        tile, s1_tile = "S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP", "S1B_IW_GRDH_1SDV_20170612T165809"
        name, s1_name = f"{tile}_{number:02}_45", f"{s1_tile}_33UUP_{number}_45"
        for band, place, metres in BANDS:
            step = metres // 10
            write(out / "BigEarthNet-S2" / tile / name / f"{name}_{band}.tif", np.ascontiguousarray(optical[place, ::step, ::step]))
        for band, pixels in zip(("VV", "VH"), radar):
            write(out / "BigEarthNet-S1" / s1_tile / s1_name / f"{s1_name}_{band}.tif", np.ascontiguousarray(pixels))
        split = ("train", "validation", "test")[number % 3]
        lines.append(f"{name},Pastures,{split},Austria,{s1_name},{name},false,false")
    (out / "metadata.csv").write_text("\n".join(lines) + "\n")
    shown = subprocess.run(
        [program, "dataset", "show", "bigearthnet-v2", "--yaml"], check=True, capture_output=True, text=True).stdout
    (out / "dataset.yaml").write_text(re.sub(r"table: \[metadata\.parquet\]", "table: [metadata.csv]", shown))


def pack(program, data, out, *flags):
    subprocess.run([program, "pack", "--data", data, "--out", out, "--quiet", *flags], check=True)
    return out


def row(title, splits, bytes_a_patch, samples=None, files_a_patch=None):
    """A line of the table. `samples`: bytes of a patch's samples, which decide the number of shards."""
    total = sum(splits.values())
    if files_a_patch is None:
        rows = min(16_384, SHARD // samples)
        files = 1 + sum(-(-count // rows) for count in splits.values())
    else:
        files = files_a_patch * total
    print(f"| {title} | {bytes_a_patch:,.0f} | {files:,} | {bytes_a_patch * total / 1e9:,.0f} GB |")


def main():
    program, folder, patches = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    print("| data set, form | bytes a patch | files | size |\n| --- | ---: | ---: | ---: |")
    bytes_, files = size(folder / "tree" / "ROIs1158_spring")
    count = files // 2
    row("SEN12MS, both sensors: files", SEN12MS, bytes_ / count, files_a_patch=2)
    for name, words, samples in (
            ("none", "pack", 256 * 256 * 34), ("none-used", "pack, used bands", 256 * 256 * 28),
            ("zstd", "pack zstd", 256 * 256 * 34), ("zstd-used", "pack zstd, used bands", 256 * 256 * 28)):
        row(f"SEN12MS: {words}", SEN12MS, size(folder / name)[0] / count, samples)
    tree, count = folder / "bigearthnet", 96
    make_bigearthnet(program, patches, tree, count)
    bytes_ = sum(size(tree / sensor)[0] for sensor in ("BigEarthNet-S1", "BigEarthNet-S2"))
    row("BigEarthNet v2, both sensors: files", BIGEARTHNET, bytes_ / count, files_a_patch=len(BANDS) + 2)
    samples = sum(2 * (CROP * 10 // metres) ** 2 for _, _, metres in BANDS) + 2 * 4 * CROP * CROP
    for codec in ("none", "zstd"):
        out = pack(program, tree, folder / f"bigearthnet-{codec}", "--codec", codec)
        row(f"BigEarthNet v2: pack{' zstd' if codec == 'zstd' else ''}", BIGEARTHNET, size(out)[0] / count, samples)


if __name__ == "__main__":
    main()
