"""Helps scripts/study/map.sh: makes scenes, and compares maps with predictions and with the truth."""

import csv
import glob
import os
import pickle
import resource
import subprocess
import sys
import time

import numpy as np
import rasterio
from rasterio.windows import Window

WIDTH, HEIGHT, PATCH, CUT = 3000, 2000, 256, 128
COLUMNS = 10  # patches beside each other in a synthetic scene of 96


def scene(data):
    """Puts the patches of the test scene together, and cuts 3,000 × 2,000 pixels, with nodata to the right of the last patch."""
    test = rasterio.open(glob.glob(f"{data}/*/s2_1/*_p1.tif")[0])
    folder = os.path.dirname(os.path.dirname(test.name))
    west, north = test.transform * (0, 0)
    for kind, sensor in (("s2", "s2_1"), ("s1", "s1_1"), ("lc", "lc_1")):
        files = sorted(glob.glob(f"{folder}/{sensor}/*.tif"))
        first = rasterio.open(files[0])
        image = np.zeros((first.count, HEIGHT, WIDTH), first.dtypes[0])
        for file in files:
            source = rasterio.open(file)
            x, y = (source.transform.c - west) / 10, (north - source.transform.f) / 10
            column, row = round(x), round(y)
            height, width = min(PATCH, HEIGHT - row), min(PATCH, WIDTH - column)
            if height > 0 and width > 0:
                image[:, row : row + height, column : column + width] = source.read()[:, :height, :width]
        # Ten patches are 2,560 pixels wide: the rest shows the left part again.
        image[:, :, COLUMNS * PATCH :] = image[:, :, : WIDTH - COLUMNS * PATCH]
        profile = dict(
            driver="GTiff", width=WIDTH, height=HEIGHT, count=first.count, dtype=first.dtypes[0], crs=first.crs,
            transform=test.transform, tiled=True, compress="deflate",
        )
        with rasterio.open(f"{kind}.tif", "w", **profile) as target:
            target.write(image)
    print(f"scene of {WIDTH} x {HEIGHT} pixels, {len(files)} patches")


def cut():
    """Makes the data set `cut`: patches of 128 pixels of the scene, all in the test split; one more in each other split."""
    region = "ROIs1158_spring"
    subprocess.run(["rm", "-rf", "cut"], check=True)
    # Scene, number, and the place of the patch.
    patches = [(1, number, place) for number, place in enumerate(places())] + [(2, 0, (0, 0)), (3, 0, (0, 0))]
    for kind in ("s2", "s1"):
        with rasterio.open(f"{kind}.tif") as source:
            for scene_, number, (row, column) in patches:
                os.makedirs(f"cut/{region}/{kind}_{scene_}", exist_ok=True)
                window = Window(column, row, CUT, CUT)
                profile = dict(
                    driver="GTiff", width=CUT, height=CUT, count=source.count, dtype=source.dtypes[0], crs=source.crs,
                    transform=source.window_transform(window),
                )
                path = f"cut/{region}/{kind}_{scene_}/{region}_{kind}_{scene_}_p{number}.tif"
                with rasterio.open(path, "w", **profile) as target:
                    target.write(source.read(window=window))
    # Labels do not matter here: every patch has the first class.
    os.makedirs("cut/labels_splits")
    names = {split: [] for split in ("test", "train", "val")}
    for scene_, number, _ in patches:
        names[{1: "test", 2: "train", 3: "val"}[scene_]].append(f"{region}_s2_{scene_}_p{number}.tif")
    with open("cut/labels_splits/IGBP_probability_labels.pkl", "wb") as file:
        pickle.dump({name: [1.0] + [0.0] * 16 for all_ in names.values() for name in all_}, file, protocol=2)
    for split, list_ in names.items():
        with open(f"cut/labels_splits/{split}_list.txt", "w") as file:
            file.write("\n".join(list_) + "\n")


def places():
    """Where windows begin that lie side by side: the last of each row and column are moved inward."""

    def starts(length):
        regular = list(range(0, length - CUT + 1, CUT))
        return regular + ([length - CUT] if regular[-1] + CUT < length else [])

    return [(row, column) for row in starts(HEIGHT) for column in starts(WIDTH)]


def compare():
    """Cells that lie in one window alone have the probabilities of that window's patch, to the bit."""
    for labels in ("single", "multi"):
        rows = {row["id"]: row for row in csv.DictReader(open(f"{labels}.csv"))}
        name = "side-single.probabilities.tif" if labels == "single" else "side-multi.tif"
        with rasterio.open(name) as source:
            image, names = source.read(), source.descriptions
        compared = differ = 0
        for number, (row, column) in enumerate(places()):
            line = rows[f"ROIs1158_spring_s2_1_p{number}.tif"]
            # A cell of 128 pixels that the window contains: its own, or the last one.
            y, x = -(-row // CUT), -(-column // CUT)
            expected = np.array([np.float32(line[f"probability.{name}"]) for name in names])
            compared += 1
            differ += not np.array_equal(expected, image[:, y, x])
        print(f"{labels}: {compared} windows compared with test, {differ} differ")
        assert differ == 0


def colours(path):
    """The PNG has the colours of the table, and nothing where there is no data."""
    with rasterio.open(path) as source:
        numbers, table = source.read(1), source.colormap(1)
    with rasterio.open(path.replace(".tif", ".png")) as source:
        image = source.read()
    for number in np.unique(numbers):
        found = {tuple(colour) for colour in image[:, numbers == number].T.tolist()}
        assert found == {tuple(table[number])}, (number, found, table[number])
    print(f"{path}: {len(np.unique(numbers))} classes in the colours of the table")


SIMPLE = {**{n: 0 for n in range(1, 6)}, 6: 1, 7: 1, 8: 2, 9: 2, 10: 3, 11: 4, 12: 5, 14: 5, 13: 6, 15: 7, 16: 8, 17: 9}


def truth(path):
    """How often the map has the class of the land cover under the pixel."""
    with rasterio.open(path) as source:
        numbers = source.read(1)
    with rasterio.open("lc.tif") as source:
        cover = source.read(1)
    names = np.vectorize(lambda n: SIMPLE.get(n, -1) + 1)(cover)
    known = (numbers > 0) & (names > 0)
    print(f"{path}: {np.mean(numbers[known] == names[known]):.3f} of {known.sum():,} pixels have the class of the land cover")


def large():
    """Virtual rasters of 10,980 × 10,980 pixels that repeat the scene."""
    side = 10980
    for kind in ("s2", "s1"):
        with rasterio.open(f"{kind}.tif") as source:
            count, dtype = source.count, {"uint16": "UInt16", "float32": "Float32"}[source.dtypes[0]]
            transform, crs = source.transform, source.crs.to_wkt()
        bands = ""
        for band in range(1, count + 1):
            parts = ""
            for top in range(0, side, HEIGHT):
                for left in range(0, side, WIDTH):
                    h, w = min(HEIGHT, side - top), min(WIDTH, side - left)
                    parts += (
                        f'<SimpleSource><SourceFilename relativeToVRT="1">{kind}.tif</SourceFilename>'
                        f"<SourceBand>{band}</SourceBand>"
                        f'<SrcRect xOff="0" yOff="0" xSize="{w}" ySize="{h}"/>'
                        f'<DstRect xOff="{left}" yOff="{top}" xSize="{w}" ySize="{h}"/></SimpleSource>'
                    )
            bands += f'<VRTRasterBand dataType="{dtype}" band="{band}">{parts}</VRTRasterBand>'
        numbers = ", ".join(repr(n) for n in transform.to_gdal())
        with open(f"large-{kind}.vrt", "w") as file:
            file.write(
                f'<VRTDataset rasterXSize="{side}" rasterYSize="{side}"><SRS>{crs.replace("&", "&amp;")}</SRS>'
                f"<GeoTransform>{numbers}</GeoTransform>{bands}</VRTDataset>"
            )


def peak(command):
    """Runs a command and prints its time and the most memory that it held."""
    start = time.time()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"{' '.join(command[1:])}: {time.time() - start:.0f} s, {used / 1e6:.2f} GB at the peak")
    assert used < 2e6


if __name__ == "__main__":
    name, rest = sys.argv[1], sys.argv[2:]
    if name == "peak":
        peak(rest)
    else:
        {"scene": scene, "cut": cut, "compare": compare, "colours": colours, "truth": truth, "large": large}[name](*rest)
