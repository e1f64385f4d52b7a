#!/usr/bin/env python3
"""Prints the palette of classes without a legend (Sources/Experiments/Data/Experiment+Colours.swift). Plain Python, a second.

The first seven colours are those of Okabe and Ito (2008), without black. Each further one is the colour of a grid that lies
farthest from all before it. The distance of two colours is the smallest of four: as seen with full vision, and with
protanopia, deuteranopia and tritanopia (Machado et al. 2009, severity 1), each the Euclidean distance in CIELAB (D65).

usage: scripts/study/palette.py [COUNT]
"""
import sys

FIRST = ["0072b2", "e69f00", "009e73", "d55e00", "56b4e9", "cc79a7", "f0e442"]
# Rows give red, green and blue as a viewer with the deficiency sees linear red, green and blue.
VISIONS = [
    ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
]


def linear(byte):
    value = byte / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def lab(rgb):
    r, g, b = rgb
    xyz = (
        (0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047,
        0.2126729 * r + 0.7151522 * g + 0.0721750 * b,
        (0.0193339 * r + 0.1191920 * g + 0.9503041 * b) / 1.08883,
    )
    x, y, z = (t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen(colour):
    """The colour in CIELAB under each vision."""
    own = [linear(byte) for byte in colour]
    return [
        lab([min(max(sum(f * c for f, c in zip(row, own)), 0), 1) for row in rows]) for rows in VISIONS
    ]


def distance(a, b):
    return min(sum((p - q) ** 2 for p, q in zip(u, v)) for u, v in zip(a, b)) ** 0.5


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 48
    grid = range(0, 256, 17)
    candidates = [(r, g, b) for r in grid for g in grid for b in grid]
    # Neither paper nor ink: 25 to 92 of 100.
    places = [(colour, at) for colour in candidates if 25 <= (at := seen(colour))[0][0] <= 92]
    chosen = [tuple(bytes.fromhex(text)) for text in FIRST]
    nearest = [min(distance(at, seen(own)) for own in chosen) for _, at in places]
    while len(chosen) < count:
        best = max(range(len(places)), key=nearest.__getitem__)
        colour, at = places[best]
        chosen.append(colour)
        nearest = [min(old, distance(place, at)) for old, (_, place) in zip(nearest, places)]
    all_seen = [seen(colour) for colour in chosen]
    for size in (7, 12, 17, 43, count):
        least = min(distance(all_seen[i], all_seen[j]) for i in range(size) for j in range(i))
        print(f"the first {size}: at least {least:.1f} apart", file=sys.stderr)
    print(" ".join("#" + bytes(colour).hex() for colour in chosen))


main()
