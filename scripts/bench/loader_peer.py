#!/usr/bin/env python3
"""Times a PyTorch loader for SEN12MS, the peer of `fusionctl bench --only data`, on the same files.

    loader_peer.py DATA LABELS LIKE.json [--reads N] [--repeats N]

LIKE.json is the document of `fusionctl bench --only data --json`, which gives the batch size and the number of
workers. Both sensors of every patch of the training list are read, cleaned and normalised as the code published
for the data set does: rasterio reads the ten Sentinel-2 bands and both Sentinel-1 bands as float32, NaN becomes
0 dB, Sentinel-1 is clipped to [-25, 0] dB, each band is normalised by mean and standard deviation, and worker
processes of a DataLoader make batches. Prints a JSON document.
"""
import argparse
import json
import pathlib
import pickle
import statistics
import time

import numpy as np
import rasterio
import torch
from torch.utils.data import DataLoader, Dataset

S1_MEAN = [-11.76858, -18.294598]
S1_STD = [4.525339, 4.3586307]
S2_BANDS = [2, 3, 4, 5, 6, 7, 8, 9, 12, 13]
S2_MEAN = [1226.4215, 1137.3799, 1139.6792, 1350.9973, 1932.9058, 2211.1584, 2154.9846, 2409.1128, 2001.8622,
           1356.0801]
S2_STD = [741.6254, 740.883, 960.1045, 946.76056, 985.52747, 1082.4341, 1057.7628, 1136.1942, 1132.7898,
          991.48016]
CLASSES = 10


def sensor_path(root, name, sensor):
    """The file of a sensor for a Sentinel-2 name such as ROIs1158_spring_s2_1_p30.tif."""
    roi, season, _, scene, patch = name.split("_")
    return root / f"{roi}_{season}" / f"{sensor}_{scene}" / f"{roi}_{season}_{sensor}_{scene}_{patch}"


def normalised(pixels, mean, std):
    mean = np.asarray(mean, np.float32)[:, None, None]
    std = np.asarray(std, np.float32)[:, None, None]
    return torch.from_numpy((pixels - mean) / std)


def read_s2(path):
    with rasterio.open(path) as file:
        pixels = file.read(S2_BANDS)
    return normalised(pixels.astype(np.float32), S2_MEAN, S2_STD)


def read_s1(path):
    with rasterio.open(path) as file:
        pixels = file.read()
    pixels = np.clip(np.nan_to_num(pixels.astype(np.float32)), -25, 0)
    return normalised(pixels, S1_MEAN, S1_STD)


class Patches(Dataset):
    """The listed patches, repeated until `reads` patches have been read."""

    def __init__(self, root, names, reads):
        self.root, self.names, self.reads = root, names, reads

    def __len__(self):
        return self.reads

    def __getitem__(self, index):
        name = self.names[index % len(self.names)]
        images = [read_s2(sensor_path(self.root, name, "s2")), read_s1(sensor_path(self.root, name, "s1"))]
        return {"image": torch.cat(images), "label": torch.zeros(CLASSES), "id": name}


def peak_resident_bytes():
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("labels", type=pathlib.Path)
    parser.add_argument("like", help="output of fusionctl bench --only data --json")
    parser.add_argument("--reads", type=int, default=480, help="patches read for one figure")
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    with open(options.like) as file:
        document = json.load(file)
    with open(options.labels / "train_list.pkl", "rb") as file:
        names = sorted(pickle.load(file))
    workers = document["data"]["workers"]
    loader = DataLoader(
        Patches(options.data, names, options.reads), batch_size=document["network"]["batchSize"], shuffle=True,
        num_workers=workers)

    times = []
    for _ in range(options.repeats):
        start = time.perf_counter()
        count = sum(len(batch["id"]) for batch in loader)
        times.append(time.perf_counter() - start)
        assert count == options.reads
    rates = [options.reads / seconds for seconds in times]
    print(json.dumps({
        "torch": torch.__version__,
        "rasterio": rasterio.__version__,
        "gdal": rasterio.__gdal_version__,
        "data": {"patches": len(names), "reads": options.reads, "workers": workers},
        "patchesPerSecond": {"best": max(rates), "median": statistics.median(rates), "all": rates},
        "peakResidentBytes": peak_resident_bytes(),
    }))


if __name__ == "__main__":
    main()
