#!/usr/bin/env python3
"""Folds and tables of ombria.sh, which describes the study.

    ombria.py folds IMAGES FOLDER [--folds N] [--seed N]   writes FOLDER/data and FOLDER/fold-K.yaml
    ombria.py table FOLDER [--folds N]                     compares FOLDER/predictions/*.csv; needs all folds
"""
import argparse
import csv
import math
import pathlib
import random
import re
import statistics
import sys

import numpy as np
from PIL import Image

from linear_floor import Ridge, band_figures

FLOODED_SHARE = 0.25
EXPERIMENTS = {"s1": "S1", "s2": "S2", "early": "early", "middle": "middle", "late": "late"}
FLOORS = {"S1, linear": ["s1"], "S2, linear": ["s2"], "S1 + S2, linear": ["s1", "s2"]}
PAIRS = [
    ("S2", "S1"), ("early", "S2"), ("middle", "S2"), ("late", "S2"), ("early", "S1"), ("middle", "S1"), ("late", "S1"),
    ("middle", "early"), ("late", "early"), ("late", "middle"), ("S1 + S2, linear", "S2, linear"),
    ("S1", "S1, linear"), ("S2", "S2, linear"), ("early", "S1 + S2, linear"), ("middle", "S1 + S2, linear"),
    ("late", "S1 + S2, linear"),
]
MANIFEST = """\
# OMBRIA, tested on fold {fold}: Sentinel-1 and Sentinel-2 before and after a flood. The classes follow from the masks.
manifest: 1
name: ombria
about: {{licence: "none stated", url: "https://github.com/geodrak/OMBRIA", cite: "10.1109/JSTARS.2022.3155559"}}
patch: {{size: [256, 256], pixel: 10}}
catalog: {{table: [patches.csv], id: "{{part}}_{{number}}"}}
sensors:
  s1:
    type: uint8
    unit: brightness
    bands:
      before: {{file: "OmbriaS1/{{part}}/BEFORE/S1_before_{{number}}.png"}}
      after: {{file: "OmbriaS1/{{part}}/AFTER/S1_after_{{number}}.png"}}
  s2:
    type: uint8
    unit: brightness
    bands:
      before_red: {{file: "OmbriaS2/{{part}}/BEFORE/S2_before_{{number}}.png", index: 1}}
      before_green: {{file: "OmbriaS2/{{part}}/BEFORE/S2_before_{{number}}.png", index: 2}}
      before_blue: {{file: "OmbriaS2/{{part}}/BEFORE/S2_before_{{number}}.png", index: 3}}
      after_red: {{file: "OmbriaS2/{{part}}/AFTER/S2_after_{{number}}.png", index: 1}}
      after_green: {{file: "OmbriaS2/{{part}}/AFTER/S2_after_{{number}}.png", index: 2}}
      after_blue: {{file: "OmbriaS2/{{part}}/AFTER/S2_after_{{number}}.png", index: 3}}
labels: {{kind: single, field: cover}}
classes: [dry, flooded]
splits:
  test: {{where: {{fold: {fold}}}}}
  train: rest
normalisation: computed
"""


def pixels(path):
    return np.asarray(Image.open(path))


def write_folds(images, folder, folds, seed):
    """Every fold has about the same share of flooded pairs. Folds that are there stay as they are."""
    data = folder / "data"
    if (data / "patches.csv").exists():
        return
    data.mkdir(parents=True, exist_ok=True)
    for name in ["OmbriaS1", "OmbriaS2"]:
        if not (images / name).is_dir():
            sys.exit(f"ombria: {images}: expected a folder {name}, found none; clone github.com/geodrak/OMBRIA")
        if not (data / name).exists():
            (data / name).symlink_to(images.resolve() / name)
    rows = []
    for part in ["train", "test"]:
        for path in sorted((data / f"OmbriaS1/{part}/MASK").glob("S1_mask_*.png")):
            number = re.search(r"(\d+)\.png$", path.name)[1]
            rows.append((part, number, "flooded" if (pixels(path) == 255).mean() >= FLOODED_SHARE else "dry"))
    random.Random(seed).shuffle(rows)
    rows.sort(key=lambda row: row[2])
    rows = sorted((*row, place % folds) for place, row in enumerate(rows))
    for fold in range(folds):
        (folder / f"fold-{fold}.yaml").write_text(MANIFEST.format(fold=fold))
    with open(data / "patches.csv", "w", newline="") as file:
        csv.writer(file).writerows([("part", "number", "cover", "fold"), *rows])


def read_csv(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def network_hits(folder, name, folds, ids, ending=""):
    """Whether the prediction of each pair was right, by the network that had not seen it."""
    hits = {}
    for fold in range(folds):
        for row in read_csv(folder / f"predictions/{name}-{fold}{ending}.csv"):
            hits[row["id"]] = row["predicted"] == row["truth"]
    return np.array([hits[name] for name in ids])


def sensor_figures(folder, row, sensor):
    """The figures of a pair for the linear classifier: of all bands of a sensor."""
    number, root = row["number"], folder / f"data/Ombria{sensor.upper()}/{row['part']}"
    images = [
        pixels(root / f"{time.upper()}/{sensor.upper()}_{time}_{number}.png") for time in ["before", "after"]]
    return band_figures(np.dstack(images))


def linear_hits(figures, truth, fold_of):
    hits = np.zeros(len(truth), bool)
    for fold in set(fold_of):
        test = fold_of == fold
        ridge = Ridge(figures[~test], truth[~test], classes=2)
        hits[test] = ridge.predict(figures[test]) == truth[test]
    return hits


def wilson(right, count, z=1.96):
    share, extra = right / count, z * z / count
    middle = (share + extra / 2) / (1 + extra)
    half = z * math.sqrt(share * (1 - share) / count + extra / (4 * count)) / (1 + extra)
    return middle - half, middle + half


def mcnemar(first, second):
    """How often only the first was right, only the second, and the exact two-sided p of such an imbalance."""
    b, c = int((first & ~second).sum()), int((~first & second).sum())
    tail = sum(math.comb(b + c, k) for k in range(min(b, c) + 1)) / 2 ** (b + c)
    return b, c, min(1, 2 * tail)


def print_table(folder, folds):
    rows = read_csv(folder / "data/patches.csv")
    ids = [f"{row['part']}_{row['number']}" for row in rows]
    fold_of = np.array([int(row["fold"]) for row in rows])
    truth = np.array([row["cover"] == "flooded" for row in rows]).astype(int)
    hits = {title: network_hits(folder, name, folds, ids) for name, title in EXPERIMENTS.items()}
    crops = {title: network_hits(folder, name, folds, ids, "-crop") for name, title in EXPERIMENTS.items()}
    of_sensor = {name: np.array([sensor_figures(folder, row, name) for row in rows]) for name in ["s1", "s2"]}
    for title, sensors in FLOORS.items():
        hits[title] = linear_hits(np.hstack([of_sensor[name] for name in sensors]), truth, fold_of)

    count = len(rows)
    print(f"{count} pairs, {truth.sum()} flooded; the larger class alone: {max(truth.mean(), 1 - truth.mean()):.3f}\n")
    print("| input | accuracy | 95 % interval | lowest to highest fold | deviation of folds | centre crop |")
    print("| --- | ---: | --- | --- | ---: | ---: |")
    for title, right in hits.items():
        low, high = wilson(right.sum(), count)
        shares = [right[fold_of == fold].mean() for fold in range(folds)]
        crop = f"{crops[title].mean():.3f}" if title in crops else "–"
        print(
            f"| {title} | {right.mean():.3f} | {low:.3f} to {high:.3f} | {min(shares):.3f} to {max(shares):.3f} "
            f"| {statistics.stdev(shares):.3f} | {crop} |")
    print("\n| compared | difference | lowest to highest fold | only the first is right | only the second | p (McNemar) |")
    print("| --- | ---: | --- | ---: | ---: | ---: |")
    for first, second in PAIRS:
        b, c, p = mcnemar(hits[first], hits[second])
        gain = hits[first].astype(int) - hits[second]
        gains = [gain[fold_of == fold].mean() for fold in range(folds)]
        print(
            f"| {first} : {second} | {gain.mean():+.3f} | {min(gains):+.3f} to {max(gains):+.3f} | {b} | {c} | {p:.2g} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(dest="part", required=True)
    folds = parts.add_parser("folds")
    folds.add_argument("images", type=pathlib.Path)
    table = parts.add_parser("table")
    for part in [folds, table]:
        part.add_argument("folder", type=pathlib.Path)
        part.add_argument("--folds", type=int, default=5)
    folds.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.part == "folds":
        write_folds(options.images, options.folder, options.folds, options.seed)
    else:
        print_table(options.folder, options.folds)


if __name__ == "__main__":
    main()
