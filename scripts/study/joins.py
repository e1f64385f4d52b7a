#!/usr/bin/env python3
"""The tables of joins.sh, which describes the study.

    joins.py RUNS SEEDS JOINS

For each data set prints the micro-F1 of the tests in points, by join and seed, and what the joins took of each sensor in
their best epochs. Then says whether the gate scores 3 points more than the mean with each seed of unreliable.
"""
import json
import pathlib
import statistics
import sys

MARGIN = 3


def read(runs, signal, join, seed):
    return json.loads((runs / f"{signal}-{join}-{seed}" / "summary.json").read_text())


def score(summary):
    return 100 * summary["tests"][-1]["metrics"]["values"]["micro_f1"]


def shares(summaries):
    """Means over the seeds of what each layer takes of each sensor: 'fusion2: s2 0.61, s1 0.39'."""
    found = [summary["best"].get("sensor_shares", []) for summary in summaries]
    texts = []
    for layer in zip(*found):
        means = {
            name: statistics.mean(entry["sensors"][name] for entry in layer) for name in layer[0]["order"]
        }
        # The shares of the classes say whether a join takes different sensors for different classes.
        spread = [
            max(parts[layer[0]["order"][0]] for parts in entry["classes"].values())
            - min(parts[layer[0]["order"][0]] for parts in entry["classes"].values())
            for entry in layer
        ]
        texts.append(
            f"{layer[0]['layer']}: " + ", ".join(f"{name} {value:.2f}" for name, value in means.items())
            + f"; classes differ by {statistics.mean(spread):.2f}"
        )
    return "; ".join(texts) or "-"


def table(runs, signal, joins, seeds):
    print(f"\n{signal}: micro-F1 of the test in points\n")
    print("| join | " + " | ".join(f"seed {seed}" for seed in seeds) + " | mean | taken of each sensor |")
    print("| --- |" + " ---: |" * (len(seeds) + 1) + " --- |")
    scores = {}
    for join in joins:
        summaries = [read(runs, signal, join, seed) for seed in seeds]
        scores[join] = [score(summary) for summary in summaries]
        cells = [f"{value:.1f}" for value in scores[join] + [statistics.mean(scores[join])]]
        print(f"| {join} | " + " | ".join(cells) + f" | {shares(summaries)} |")
    return scores


def main():
    runs, seeds, joins = pathlib.Path(sys.argv[1]), range(1, int(sys.argv[2]) + 1), sys.argv[3].split()
    scores = {signal: table(runs, signal, joins, seeds) for signal in ["interaction", "unreliable"]}
    if not {"mean", "gated"} <= set(joins):
        return
    gains = [
        gated - mean for gated, mean in zip(scores["unreliable"]["gated"], scores["unreliable"]["mean"])
    ]
    held = min(gains) >= MARGIN
    print(
        f"\nstatement: gated >= mean + {MARGIN} points on unreliable with each seed: {'held' if held else 'did not hold'}"
        f" ({', '.join(f'{gain:+.1f}' for gain in gains)})"
    )


if __name__ == "__main__":
    main()
