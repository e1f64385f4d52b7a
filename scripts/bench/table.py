"""Prints the results of compare.sh as Markdown: table.py FOLDER."""
import collections
import json
import pathlib
import statistics
import sys

TITLES = {"step": "training step", "eval": "evaluation"}
KEYS = {"step": "trainStepSeconds", "eval": "evalStepSeconds"}


def summary(documents, mode):
    """Best, median and peak bytes over all rounds."""
    times = [time for document in documents for time in document[KEYS[mode]]["all"]]
    return min(times), statistics.median(times), max(document["peakResidentBytes"] for document in documents)


def main():
    groups = collections.defaultdict(lambda: ([], []))
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
        number, mode, _, side = path.stem.split("-")
        groups[int(number), mode][side == "peer"].append(json.loads(path.read_text()))

    ours, peers = next(iter(groups.values()))
    machine = ours[0]["machine"]
    print(f"{machine.get('processor', 'processor')}, {machine['threads']} threads, peak "
          f"{machine['peakFLOPS'] / 1e9:.0f} GFLOP/s ({machine['instructions']}), OpenBLAS core "
          f"{machine['openBLASCore']}; PyTorch {peers[0]['torch']}\n")
    print("| network | batch | figure | ours best s | median s | PyTorch best s | median s | ratio best | "
          "ratio median | ours peak MB | PyTorch peak MB | ratio |")
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for (_, mode), (ours, peers) in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] == "eval")):
        network = ours[0]["network"]
        batch = network["batchSize" if mode == "step" else "evaluationBatchSize"]
        best, median, peak = summary(ours, mode)
        peer_best, peer_median, peer_peak = summary(peers, mode)
        print(f"| {network['name']}, {network['architecture']}, {network['height']} px | {batch} | {TITLES[mode]} "
              f"| {best:.3f} | {median:.3f} | {peer_best:.3f} | {peer_median:.3f} | {peer_best / best:.2f} "
              f"| {peer_median / median:.2f} | {peak / 1e6:.0f} | {peer_peak / 1e6:.0f} | {peak / peer_peak:.2f} |")
    print("\nSeconds of one step. Ratios of time are PyTorch / ours, those of memory ours / PyTorch.")


if __name__ == "__main__":
    main()
