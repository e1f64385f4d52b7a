#!/usr/bin/env python3
"""The PyTorch half of fine_tune.sh, which describes the study.

    fine_tune.py pretrain DATA WEIGHTS.pth     trains torchvision's ResNet18 on Sentinel-2, and saves its state_dict
    fine_tune.py compare WEIGHTS.pth TUNED     compares the tensors with those of an exported safetensors file
"""
import argparse
import pathlib
import pickle
import sys

import numpy as np
import torch
from torch import nn

sys.path.append(str(pathlib.Path(__file__).parent.parent / "bench"))
from eurosat import read_weights  # noqa: E402
from loader_peer import read_s2, sensor_path  # noqa: E402
from peer import network_of  # noqa: E402

NETWORK = {"architecture": "resnet18", "stem": "7x7", "classes": 10, "dropout": 0}
BATCH, EPOCHS, THRESHOLD = 8, 3, 0.1
# The classes of IGBP that each of the ten classes sums up.
SUMS = [[0, 1, 2, 3, 4], [5, 6], [7, 8], [9], [10], [11, 13], [12], [14], [15], [16]]
STEM = ("conv1.", "bn1.")


def pretrain(options):
    lists = options.data / "labels_splits"
    names = pickle.loads((lists / "train_list.pkl").read_bytes())
    fractions = pickle.loads((lists / "IGBP_probability_labels.pkl").read_bytes())
    images = torch.stack([read_s2(sensor_path(options.data, name, "s2")) for name in names])
    of_patch = np.array([[np.asarray(fractions[name])[group].sum() for group in SUMS] for name in names])
    targets = torch.from_numpy((of_patch >= THRESHOLD).astype(np.float32))
    torch.manual_seed(1)
    model = network_of(NETWORK, images.shape[1])
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for epoch in range(EPOCHS):
        losses = []
        for chosen in torch.randperm(len(names)).split(BATCH):
            optimizer.zero_grad()
            loss = nn.functional.binary_cross_entropy_with_logits(model(images[chosen]), targets[chosen])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        print(f"PyTorch, epoch {epoch + 1}: loss {np.mean(losses):.4f}")
    torch.save(model.state_dict(), options.weights)


def compare(options):
    before = {name: tensor for name, tensor in torch.load(options.weights, weights_only=True).items() if tensor.ndim}
    after = read_weights(options.tuned)
    if set(before) != set(after):
        sys.exit(f"fine_tune: other tensors: {sorted(set(before) ^ set(after))}")
    equal = {name for name in before if torch.equal(before[name], after[name])}
    stem = {name for name in before if name.startswith(STEM)}
    print(f"{len(stem)} tensors of the stem, {len(stem & equal)} equal to the bit; "
          f"{len(before) - len(stem)} others, {len(equal - stem)} equal")
    if equal != stem:
        sys.exit(f"fine_tune: expected the stem alone to be equal: {sorted(equal ^ stem)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = parser.add_subparsers(required=True)
    for name, work, paths in [("pretrain", pretrain, ["data", "weights"]), ("compare", compare, ["weights", "tuned"])]:
        part = parts.add_parser(name)
        part.set_defaults(work=work)
        for path in paths:
            part.add_argument(path, type=pathlib.Path)
    options = parser.parse_args()
    options.work(options)


if __name__ == "__main__":
    main()
