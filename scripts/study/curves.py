#!/usr/bin/env python3
"""Compares the curves of runs NAME-SEED in a folder: fp32, blas and bf16, each from several seeds.

    curves.py RUNS SEEDS

For each epoch prints the mean of the training loss over the seeds. For blas and bf16 then prints the distance of
their means from the means of fp32. The unit is the standard deviation of the difference of two means over SEEDS
seeds. Exits with 1 if the root mean square of the distance over the epochs is more than 2.
"""
import csv
import math
import statistics
import sys

NAMES = ["fp32", "blas", "bf16"]


def column(runs, name, seed, title):
    with open(f"{runs}/{name}-{seed}/metrics.csv") as file:
        return [float(row[title]) for row in csv.DictReader(file)]


def main():
    runs, seeds = sys.argv[1], range(1, int(sys.argv[2]) + 1)
    curves = {name: [column(runs, name, seed, "train_loss") for seed in seeds] for name in NAMES}
    scores = {name: [max(column(runs, name, seed, "val_micro_f1")) for seed in seeds] for name in NAMES}
    epochs = range(len(curves["fp32"][0]))

    def at(name, epoch):
        return [curve[epoch] for curve in curves[name]]

    print("| epoch | " + " | ".join(f"{name} mean | lowest to highest" for name in NAMES) + " |")
    print("| ---: |" + " ---: | --- |" * len(NAMES))
    for epoch in epochs:
        cells = []
        for name in NAMES:
            losses = at(name, epoch)
            cells.append(f"{statistics.mean(losses):.4f} | {min(losses):.4f} to {max(losses):.4f}")
        print(f"| {epoch + 1} | " + " | ".join(cells) + " |")

    print()
    apart = False
    for name in NAMES:
        best = scores[name]
        line = f"{name}: best validation micro-F1 {statistics.mean(best):.4f} ({min(best):.4f} to {max(best):.4f})"
        if name != "fp32":
            squares = []
            for epoch in epochs:
                a, b = at("fp32", epoch), at(name, epoch)
                spread = math.sqrt((statistics.variance(a) + statistics.variance(b)) / len(a))
                squares.append(((statistics.mean(b) - statistics.mean(a)) / spread) ** 2)
            distance = math.sqrt(statistics.mean(squares))
            apart = apart or distance > 2
            line += f"; training loss {distance:.2f} standard deviations from fp32"
        print(line)
    sys.exit(1 if apart else 0)


if __name__ == "__main__":
    main()
