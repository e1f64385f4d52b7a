#!/usr/bin/env python3
"""Runs the cases of mutations.sh, compares accepted files with second readers, and prints the table.

    mutations.py BUILT FOLDER CASES THROUGH_PROGRAM KIND…
"""
import collections
import json
import os
import subprocess
import sys

import second_readers

SEED = 20240917
PIECE = 250


def run(built, folder, mode, kind, count):
    """The verdicts of all cases. If a process dies, its case gets a verdict, and another process goes on after it."""
    path = os.path.join(folder, f"{mode}-{kind}.jsonl")
    verdicts = []
    first = 0
    while first < count:
        words = [f"{built}/MutationProbe", mode, kind, f"{folder}/bases", f"{folder}/{kind}-{mode}", str(SEED), str(first)]
        words.append(str(min(PIECE, count - first)))
        if mode == "program":
            words.append(f"{built}/fusionctl")
        ended = subprocess.run(words, capture_output=True, env={**os.environ, "SWIFT_BACKTRACE": "enable=no"})
        lines = [json.loads(line) for line in ended.stdout.decode().splitlines()]
        verdicts += lines
        first += len(lines)
        printed = [line for line in ended.stderr.decode(errors="replace").splitlines() if not line.startswith("case ")]
        if ended.returncode != 0:
            announced = [line for line in ended.stderr.decode(errors="replace").splitlines() if line.startswith("case ")]
            signal = -ended.returncode
            fault = "hang" if signal == 14 else f"signal {signal}"
            verdicts.append({
                "kind": kind, "index": first, "accepted": False, "megabytes": 0, "seconds": 0, "status": -signal,
                "change": announced[-1] if announced else "", "faults": [fault], "line": "\n".join(printed)[:300]})
            first += 1
        elif mode == "read" and printed:
            verdicts[-1]["faults"].append(f"printed on standard error: {printed[0][:200]}")
    with open(path, "w") as file:
        file.writelines(json.dumps(verdict) + "\n" for verdict in verdicts)
    return verdicts


def is_unsettled(kind, verdict, difference):
    """Whether a difference says nothing about fusionctl's reader: the second reader died, or a ZSTD block is damaged.

    ZSTD blocks have no checksum. Decoders of different versions read other values from a damaged block, or fail.
    fusionctl uses the decoder of the system's libtiff, rasterio has a newer one.
    """
    return "the reader itself died" in difference or (kind == "tiff" and "zstd" in verdict["base"])


def compare(folder, kind, verdicts):
    """Numbers of accepted files, of files in which the second reader finds the same values, and of unsettled files."""
    accepted = [verdict for verdict in verdicts if verdict["accepted"] and not verdict["isUnchanged"]]
    agreed = unsettled = 0
    for verdict in accepted:
        path = os.path.join(folder, f"{kind}-read", "accepted", verdict["kept"])
        difference = second_readers.difference(kind, path, verdict["digest"])
        if difference is None:
            agreed += 1
        elif is_unsettled(kind, verdict, difference):
            unsettled += 1
            print(f"unsettled: {kind} {verdict['index']} ({verdict['base']}): {difference}")
        else:
            verdict["faults"].append(f"second reader: {difference}")
    return len(accepted), agreed, unsettled


def main():
    built, folder, cases, through = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    failed = 0
    rows = ["| kind | cases | signals | hangs | wrong lines | worst MB | worst s | accepted | agreed | unsettled |",
            "| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for kind in sys.argv[5:]:
        for mode, count in (("read", cases), ("program", through)):
            if count == 0:
                continue
            verdicts = run(built, folder, mode, kind, count)
            parts = {"": verdicts}
            if kind == "checkpoint":
                # A forged file has a valid seal, so that only its contents can show the damage.
                parts = {" damaged": [v for v in verdicts if not v.get("isForged")],
                         " forged": [v for v in verdicts if v.get("isForged")]}
            for name, part in parts.items():
                accepted, agreed, unsettled = compare(folder, kind, part) if mode == "read" else (
                    sum(verdict["accepted"] and not verdict["isUnchanged"] for verdict in part), "–", "–")
                faults = collections.Counter(fault for verdict in part for fault in verdict["faults"])
                signals = sum(n for fault, n in faults.items() if fault.startswith("signal"))
                hangs = sum(n for fault, n in faults.items() if fault == "hang" or fault.startswith("took") and " s" in fault)
                lines = sum(n for fault, n in faults.items() if not fault.startswith(("signal", "hang", "took", "second")))
                worst = max((verdict["megabytes"] for verdict in part), default=0)
                slowest = max((verdict["seconds"] for verdict in part), default=0)
                rows.append(f"| {kind}{name}{', program' if mode == 'program' else ''} | {len(part)} | {signals} | {hangs} "
                            f"| {lines} | {worst:.0f} | {slowest:.1f} | {accepted} | {agreed} | {unsettled} |")
                for verdict in part:
                    if verdict["faults"]:
                        failed += 1
                        if failed <= 100:
                            print(f"{mode} {kind} {verdict['index']} ({verdict.get('base', '')}, {verdict['change'][:90]}): "
                                  f"{'; '.join(verdict['faults'])}: {verdict['line'][:300]!r}")
    print("\n".join(rows))
    if failed:
        print(f"{failed} cases ended as none may")
        sys.exit(1)


if __name__ == "__main__":
    main()
