"""Classifies images with a network of `fusionctl export --format onnx --with-normalisation`.

Usage: classify.py NETWORK.onnx s2=IMAGES.npy s1=IMAGES.npy (arrays [N, bands, H, W]; needs numpy and onnxruntime)
"""
import json
import sys

import numpy as np
import onnxruntime

network = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
metadata = network.get_modelmeta().custom_metadata_map
bands, classes = json.loads(metadata["bands"]), json.loads(metadata["classes"])
files = dict(argument.split("=", 1) for argument in sys.argv[2:])
images = {sensor: np.load(files[sensor]).astype(np.float32) for sensor in bands}
for sensor, names in bands.items():
    assert images[sensor].shape[1] == len(names), f"{sensor} has the bands {' '.join(names)}"

for number, row in enumerate(network.run(["probabilities"], images)[0]):
    best = np.flatnonzero(row >= float(metadata["threshold"])) if metadata["task"] == "multi" else [row.argmax()]
    print(number, ", ".join(f"{classes[index]} {row[index]:.3f}" for index in best) or "no class")
