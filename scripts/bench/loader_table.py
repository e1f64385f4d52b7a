"""Prints the results of loader.sh as Markdown: loader_table.py FOLDER."""
import json
import pathlib
import statistics
import sys


def documents(side):
    return [json.loads(path.read_text()) for path in sorted(pathlib.Path(sys.argv[1]).glob(f"*-{side}.json"))]


def main():
    ours, peers = documents("ours"), documents("peer")
    rates = {
        "fusionctl": [
            run["data"]["patches"] * run["data"]["passes"] / seconds
            for run in ours for seconds in run["data"]["epochSeconds"]["all"]
        ],
        "PyTorch": [rate for run in peers for rate in run["patchesPerSecond"]["all"]],
    }
    data, peer = ours[0]["data"], peers[0]
    print(f"{ours[0]['machine'].get('processor', 'processor')}; {data['patches']} patches of {data['size']} pixels, "
          f"both sensors, batches of {ours[0]['network']['batchSize']}, {data['workers']} workers; PyTorch "
          f"{peer['torch']}, rasterio {peer['rasterio']} with GDAL {peer['gdal']}\n")
    print("| loader | best patches/s | median | lowest |")
    print("| --- | ---: | ---: | ---: |")
    for name, values in rates.items():
        print(f"| {name} | {max(values):.0f} | {statistics.median(values):.0f} | {min(values):.0f} |")
    best, median = ([figure(values) for values in rates.values()] for figure in (max, statistics.median))
    print(f"| ratio | {best[0] / best[1]:.1f} | {median[0] / median[1]:.1f} | |")


if __name__ == "__main__":
    main()
