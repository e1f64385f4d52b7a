#!/usr/bin/env python3
"""Runs the parts of packs.sh, which describes them: packs.py PROGRAM FOLDER [--parts LIST] …"""
import argparse
import pathlib
import sys
import time

import pack_faults
import pack_flips
import pack_kills
import pack_runs
import pack_staging
from pack_tools import Fault, Study

PARTS = {
    "kills": pack_kills.run, "flips": pack_flips.run, "faults": pack_faults.run, "runs": pack_runs.run,
    "staged": pack_staging.run,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--flips", type=int, default=2000)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    names = options.parts.split(",")
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit(f"packs: unknown part {unknown[0]}; there are {', '.join(PARTS)}")
    study = Study(options.program, options.folder, options.seed)
    for name in names:
        start = time.monotonic()
        try:
            for line in PARTS[name](study, options):
                print(f"{name}: {line}", flush=True)
        except Fault as fault:
            sys.exit(f"packs: {name}: {fault}")
        print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
