#!/usr/bin/env python3
"""The lists and tables of joins.sh, which describes the study.

    joins.py lists LABELS
    joins.py tables FOLDER SEEDS JOINS

lists: writes the test patches with rain to LABELS/rain and those without to LABELS/dry, each with a label table.

tables: for each data set prints the micro-F1 of the tests in points, by join and seed, and the per cent of patches whose
most probable class is right. For unreliable also prints micro-F1 in rain and without, and what the joins took of each
sensor. Then says whether the gate scores 3 points more than the mean with each seed of unreliable.
"""
import csv
import json
import pathlib
import pickle
import statistics
import sys

MARGIN = 3
LISTS = ["train_list.pkl", "val_list.pkl"]
LABELS = "IGBP_probability_labels.pkl"


def faults(labels):
    """By id, whether it rains (so that Sentinel-1 is wrong), and whether Sentinel-2 is wrong."""
    with open(labels / "faults.csv", newline="") as file:
        return {row["id"]: (row["rain"] == "1", row["look_alike"] == "1") for row in csv.DictReader(file)}


def test_patches(labels):
    return pickle.loads((labels / "test_list.pkl").read_bytes())


def write_lists(labels):
    known = faults(labels)
    for name, is_rainy in (("rain", True), ("dry", False)):
        folder = labels / name
        folder.mkdir(exist_ok=True)
        for file in [*LISTS, LABELS]:
            (folder / file).unlink(missing_ok=True)
            (folder / file).symlink_to(f"../{file}")
        chosen = [patch for patch in test_patches(labels) if known[patch][0] == is_rainy]
        (folder / "test_list.pkl").write_bytes(pickle.dumps(chosen, protocol=2))


def micro_f1(rows):
    """Micro-F1 in points: twice the classes that are right, over all that were answered or true."""
    pairs = [[set(row[key].split(";")) - {""} for key in ("predicted", "truth")] for row in rows]
    hits = sum(len(answer & truth) for answer, truth in pairs)
    return 200 * hits / sum(len(answer) + len(truth) for answer, truth in pairs)


def top_right(rows):
    """The per cent of patches whose most probable class is right. Each patch has one class."""
    names = list(rows[0])[2:-2]
    return 100 * statistics.mean(max(names, key=lambda name: float(row[name])) == row["truth"] for row in rows)


def scores(folder, signal, join, seed):
    """Micro-F1 of all test patches, and how often their most probable class is right. For unreliable also micro-F1 of the
    patches in rain and of those without."""
    with open(folder / "runs" / f"{signal}-{join}-{seed}" / "predictions.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [micro_f1(rows), top_right(rows)]
    if signal == "unreliable":
        known = faults(folder / f"{signal}-{seed}" / "labels_splits")
        for is_rainy in (True, False):
            found.append(micro_f1([row for row in rows if known[row["id"]][0] == is_rainy]))
    return found


def ideal(folder, seed):
    """The scores of who reads both sensors without error, and believes Sentinel-2 in rain and Sentinel-1 without."""
    labels = folder / f"unreliable-{seed}" / "labels_splits"
    known = faults(labels)
    test = [known[patch] for patch in test_patches(labels)]
    rain = [100 * (not is_wrong) for is_rainy, is_wrong in test if is_rainy]
    dry = [100 for is_rainy, _ in test if not is_rainy]
    return [statistics.mean(part) for part in (rain + dry, rain + dry, rain, dry)]


def share(folder, join, seeds, weather):
    """The mean over the seeds of what a join took of Sentinel-2 and Sentinel-1: '0.61, 0.39'."""
    files = [folder / "runs" / f"unreliable-{join}-{seed}" / f"{weather}.json" for seed in seeds]
    if not all(file.exists() for file in files):
        return "–"
    layers = [json.loads(file.read_text())["sensor_shares"][0]["sensors"] for file in files]
    return ", ".join(f"{statistics.mean(layer[name] for layer in layers):.2f}" for name in ("s2", "s1"))


def weights(folder, signal, seeds):
    """The weights of Sentinel-2 by class that late fusion has learnt, least and greatest over classes and seeds."""
    found = []
    for seed in seeds:
        file = folder / "runs" / f"{signal}-late_class_weights-{seed}" / "summary.json"
        for layer in json.loads(file.read_text())["best"]["sensor_shares"]:
            found += [parts["s2"] for parts in layer["classes"].values()]
    mean = statistics.mean(found)
    return f"\n{signal}, late_class_weights: {min(found):.2f} to {max(found):.2f} of s2, {mean:.2f} in the mean"


def table(folder, signal, joins, seeds):
    has_weather = signal == "unreliable"
    print(f"\n{signal}: micro-F1 of the test in points\n")
    columns = [f"seed {seed}" for seed in seeds] + ["mean", "top class"] + (["in rain", "without"] if has_weather else [])
    texts = ["of s2, s1 in rain", "without"] if has_weather else []
    print("| join | " + " | ".join(columns + texts) + " |")
    print("| --- |" + " ---: |" * len(columns) + " --- |" * len(texts))
    totals = {}
    for join in joins:
        found = [scores(folder, signal, join, seed) for seed in seeds]
        totals[join] = [parts[0] for parts in found]
        means = [statistics.mean(part) for part in zip(*found)]
        cells = [f"{value:.1f}" for value in totals[join] + means]
        if has_weather:
            cells += [share(folder, join, seeds, weather) for weather in ("rain", "dry")]
        print(f"| {join} | " + " | ".join(cells) + " |")
    if has_weather:
        found = [ideal(folder, seed) for seed in seeds]
        values = [parts[0] for parts in found] + [statistics.mean(part) for part in zip(*found)]
        cells = [f"{value:.1f}" for value in values]
        print("| who knows the rain | " + " | ".join(cells + ["–", "–"]) + " |")
    if "late_class_weights" in joins:
        print(weights(folder, signal, seeds))
    return totals


def print_tables(folder, seeds, joins):
    totals = {signal: table(folder, signal, joins, seeds) for signal in ("interaction", "unreliable")}
    if not {"mean", "gated"} <= set(joins):
        return
    gains = [gated - mean for gated, mean in zip(totals["unreliable"]["gated"], totals["unreliable"]["mean"])]
    verdict = "held" if min(gains) >= MARGIN else "did not hold"
    print(
        f"\nstatement: gated >= mean + {MARGIN} points on unreliable with each seed: {verdict}"
        f" ({', '.join(f'{gain:+.1f}' for gain in gains)})"
    )


if __name__ == "__main__":
    if sys.argv[1] == "lists":
        write_lists(pathlib.Path(sys.argv[2]))
    else:
        print_tables(pathlib.Path(sys.argv[2]), range(1, int(sys.argv[3]) + 1), sys.argv[4].split())
