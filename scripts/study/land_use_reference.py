"""Computes the land-use labels of patches of SEN12MS with rasterio, for the tests to compare with.

Usage: land_use_reference.py OUT.json NAME=FOLDER ... (needs rasterio)
The tests read the output for tiny=Tests/Fixtures/tiny-sen12ms real=../shared/fixtures/real-sen12ms.
"""
import json
import pathlib
import sys

import numpy
import rasterio

# Codes of LCCS2 with their class, and the class of the scheme "use" that each belongs to.
CODES = {1: "Open land", 2: "Water and ice", 3: "Water and ice", 9: "Urban", 10: "Forest", 20: "Forest", 25: "Cropland",
         30: "Open land", 35: "Cropland", 36: "Cropland", 40: "Open land"}
USE = ["Urban", "Cropland", "Forest", "Open land", "Water and ice"]
IGNORED = {50, 255}


def labels(path):
    with rasterio.open(path) as file:
        band = file.read(3)
    codes, counts = (a.tolist() for a in numpy.unique(band, return_counts=True))
    pixels = dict(zip(codes, counts))
    assert set(pixels) <= set(CODES) | IGNORED, f"{path} has other codes"
    full = [pixels.get(code, 0) for code in CODES]
    use = [sum(pixels.get(code, 0) for code in CODES if CODES[code] == name) for name in USE]

    def targets(counts):
        # A class is present from a tenth of the pixels on.
        present = [int(10 * count >= band.size) for count in counts]
        return {"present": present, "largest": int(numpy.argmax(counts))}

    return {"pixels": full, "size": band.size, "full": targets(full), "use": targets(use)}


def main(out, *folders):
    result = {}
    for folder in folders:
        name, root = folder.split("=", 1)
        files = sorted(pathlib.Path(root).glob("ROIs*/lc_*/*.tif"))
        result[name] = {file.name.replace("_lc_", "_s2_"): labels(file) for file in files}
        print(f"{name}: {len(files)} patches")
    pathlib.Path(out).write_text(json.dumps(result) + "\n")


main(*sys.argv[1:])
