#!/usr/bin/env python3
"""Predicts how data-parallel training scales, from the step of one rank, a network's bytes, and a link.

    scaling.py --network early=1.06,170.2,104 [--network …] [--latency 2e-6] [--bandwidth 10e9] [--ranks 1,2,4,…]

A network is NAME=SECONDS,MEGABYTES,NORMS: seconds of a rank's own step (`fusionctl bench --only step`), megabytes
of gradients (four times the parameters), and batch norms. Latency is in seconds, bandwidth in bytes a second,
each way, of one rank.

A step of R ranks takes its own seconds and, one after the other,
  - the sum of the gradients, cut into slices of 4 MB: a ring, 2 (R - 1) messages of a slice's R-th part;
  - the sums of the synchronised batch norms, forward and backward: log2 R messages of 16 bytes a channel, for
    which 1024 channels are assumed;
  - the exchange of results: log2 R messages.
Nothing is overlapped, and no rank waits for another.
"""
import argparse
import math

SLICE = 4 << 20


def exchange_seconds(ranks, megabytes, norms, latency, bandwidth):
    if ranks == 1:
        return 0.0
    levels = math.ceil(math.log2(ranks))
    total = megabytes * 1e6
    slices = math.ceil(total / SLICE)
    gradients = 2 * (ranks - 1) * (slices * latency + total / ranks / bandwidth)
    statistics = 2 * norms * levels * (latency + 16 * 1024 / bandwidth)
    return gradients + statistics + levels * latency


def network(text):
    name, _, figures = text.partition("=")
    seconds, megabytes, norms = figures.split(",")
    return name, float(seconds), float(megabytes), int(norms)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", type=network, action="append", required=True)
    parser.add_argument("--latency", type=float, default=2e-6)
    parser.add_argument("--bandwidth", type=float, default=10e9)
    parser.add_argument("--ranks", default="1,2,4,8,16,32,64")
    arguments = parser.parse_args()

    ranks = [int(text) for text in arguments.ranks.split(",")]
    print("| ranks | " + " | ".join(f"{name}: exchange ms | efficiency" for name, *_ in arguments.network) + " |")
    print("| ---: |" + " ---: | ---: |" * len(arguments.network))
    for count in ranks:
        cells = []
        for _, seconds, megabytes, norms in arguments.network:
            extra = exchange_seconds(count, megabytes, norms, arguments.latency, arguments.bandwidth)
            cells.append(f"{1000 * extra:.0f} | {100 * seconds / (seconds + extra):.0f} %")
        print(f"| {count} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
