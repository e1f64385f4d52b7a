#!/usr/bin/env python3
"""What the checkpoints beside it hold, read by HDF5's own library: expected.json (needs h5py).

A section of tensors is told by their number, that of their elements, and the sum of (i + 1) * x[i] in float64, over
all elements in the order of the tensors' names: a value in another place shows, too.
"""

import json
import pathlib
import sys

import h5py
import numpy

folder = pathlib.Path(sys.argv[1])


def section(group):
    tensors = []
    group.visititems(lambda name, item: tensors.append((name, item[()])) if isinstance(item, h5py.Dataset) else None)
    tensors = sorted((name, value) for name, value in tensors if value.dtype == numpy.float32)
    total, count = 0.0, 0
    for _, value in tensors:
        for x in value.ravel():
            count += 1
            total += count * float(x)
    first, last = tensors[0], tensors[-1]
    return {
        "tensors": len(tensors), "elements": count, "sum": total,
        "first": [first[0], list(first[1].shape)], "last": [last[0], list(last[1].shape)],
    }


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def checkpoint(path):
    with h5py.File(path) as file:
        slots = file["optimizer/slots"]
        history = json.loads(text(file["history"][()]))
        table = [line.split(",") for line in history.pop("metrics").splitlines()]
        return {
            "parameters": section(file["parameters"]),
            "buffers": section(file["buffers"]),
            "slots": {name: section(slots[name]) for name in slots},
            "optimizer": {"kind": text(file["optimizer/kind"][()]), "step": int(file["optimizer"].attrs["step"])},
            "progress": {name: int(value) for name, value in file["progress"].attrs.items()},
            "best": {name: float(value) for name, value in file["best"].attrs.items()},
            "accumulators": {name: float(value[()]) for name, value in file["accumulators"].items()},
            "metadata": {
                name: text(value[()]) for name, value in file["metadata"].items() if name != "training_metrics"
            },
            "experiment": text(file["experiment"][()]),
            "history": {
                "columns": table[0],
                "rows": [[float(cell) if cell else None for cell in row] for row in table[1:]],
                "images": history["images"], "seconds": history["seconds"],
                "trainingSeconds": history["trainingSeconds"], "waitSeconds": history["waitSeconds"],
                "best": {name: history["best"][name] for name in ("epoch", "train_loss", "validation_loss")},
            },
        }


files = sorted(folder.glob("*.h5")) + sorted(folder.glob("run/checkpoints/*.h5"))
print(json.dumps({str(path.relative_to(folder)): checkpoint(path) for path in files}, indent=1, sort_keys=True))
