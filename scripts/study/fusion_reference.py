#!/usr/bin/env python3
"""Writes Tests/Fixtures/models/several_sensors.json: networks of one to three sensors and of both stems in PyTorch.

Usage: fusion_reference.py Tests/Fixtures/models/several_sensors.json (needs torch and torchvision)

The networks are torchvision's ResNet18 with 8 channels in place of 64, in float64. Weights, images and targets are those
of the deterministic fill (Tests/Fixtures/README.md, section 1) under the names that fusionctl gives them.
"""
import json
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torchvision.models.resnet import BasicBlock, ResNet

WIDTH, CLASSES, BATCH = 8, 4, 3


def uniform(name, count):
    """The uniform numbers of the deterministic fill."""
    salt = 0x811C9DC5
    for byte in name.encode():
        salt = ((salt ^ byte) * 0x01000193) & 0xFFFFFFFF
    h = np.arange(count, dtype=np.uint64) * np.uint64(2654435761) + np.uint64(salt) & np.uint64(0xFFFFFFFF)
    for factor in (0x85EBCA6B, 0xC2B2AE35):
        h = (h ^ (h >> np.uint64(16 if factor == 0x85EBCA6B else 13))) * np.uint64(factor) & np.uint64(0xFFFFFFFF)
    return ((h ^ (h >> np.uint64(16))).astype(np.float64) + 0.5) / 2.0**32


def fill(name, tensor):
    u = uniform(name, tensor.numel())
    if tensor.dim() > 1:
        values = (u - 0.5) * (2 * np.sqrt(6 / tensor[0].numel()))
    elif name.endswith("running_var"):
        values = 0.8 + 0.8 * u
    elif name.endswith("weight"):
        values = 0.5 + 0.5 * u
    else:
        values = 0.2 * (u - 0.5)
    # Values are rounded to float32 once, so that all precisions start from the same numbers.
    tensor.data.copy_(torch.from_numpy(values.astype(np.float32).astype(np.float64)).reshape(tensor.shape))


def resnet(bands, stem):
    model = ResNet(BasicBlock, [2, 2, 2, 2], num_classes=CLASSES)
    if stem == "3x3":
        model.conv1, model.maxpool = nn.Conv2d(bands, WIDTH, 3, 1, 1, bias=False), nn.Identity()
    else:
        model.conv1 = nn.Conv2d(bands, WIDTH, 7, 2, 3, bias=False)
    model.bn1, model.inplanes = nn.BatchNorm2d(WIDTH), WIDTH
    for number in range(4):
        layer = model._make_layer(BasicBlock, WIDTH << number, 2, stride=1 if number == 0 else 2)
        setattr(model, f"layer{number + 1}", layer)
    model.fc = nn.Linear(WIDTH << 3, CLASSES)
    return model


STAGES = [["conv1", "bn1", "relu", "maxpool"], ["layer1"], ["layer2"], ["layer3"], ["layer4"]]


def run(model, x, stages):
    for names in stages:
        for name in names:
            x = getattr(model, name)(x)
    return x


class Network(nn.Module):
    """A network by its case. Its parameters have fusionctl's names."""

    def __init__(self, case):
        super().__init__()
        self.case = case
        sensors, stem = case["sensors"], case["stem"]
        if case["fusion"] in ("none", "early"):
            self.parts = {"": resnet(sum(bands for _, bands in sensors), stem)}
        else:
            self.parts = {name: resnet(bands, stem) for name, bands in sensors}
            if case["fusion"] == "middle":
                self.parts[""] = resnet(1, stem)
        cut = case.get("stage", 4) + 1
        for part, model in self.parts.items():
            if case["fusion"] == "middle":
                unused = STAGES[:cut] if part == "" else STAGES[cut:] + [["fc"]]
                for name in (name for names in unused for name in names):
                    setattr(model, name, nn.Identity())
            for name, tensor in model.state_dict(keep_vars=True).items():
                if tensor.dim() > 0:
                    fill(f"{part}.{name}" if part else name, tensor)
            model.double()

    def train(self, mode=True):
        for model in self.parts.values():
            model.train(mode)
        return self

    def named(self, kind):
        for part, model in self.parts.items():
            for name, tensor in getattr(model, kind)():
                yield (f"{part}.{name}" if part else name), tensor

    def forward(self, images):
        """The logits of the branches, and the logits of the network."""
        case = self.case
        if case["fusion"] in ("none", "early"):
            return [], self.parts[""](torch.cat(images, 1))
        names = [name for name, _ in case["sensors"]]
        if case["fusion"] == "middle":
            cut = case["stage"] + 1
            features = [run(self.parts[name], x, STAGES[:cut]) for name, x in zip(names, images)]
            mean = sum(w * x for w, x in zip(case["weights"], features)) / sum(case["weights"])
            model = self.parts[""]
            x = run(model, mean, STAGES[cut:])
            return [], model.fc(torch.flatten(model.avgpool(x), 1))
        branches = [self.parts[name](x) for name, x in zip(names, images)]
        return branches, sum(branches) / len(branches)


THREE = [["b", 3], ["a", 2], ["c", 1]]
CASES = [
    {"name": "one sensor, 3x3", "fusion": "none", "stem": "3x3", "sensors": [["ms", 13]], "size": [24, 20], "loss": "ce"},
    {"name": "early, 3x3", "fusion": "early", "stem": "3x3", "sensors": THREE, "size": [16, 16], "loss": "bce"},
    {"name": "middle, 3x3", "fusion": "middle", "stem": "3x3", "sensors": THREE, "size": [24, 20], "loss": "bce",
     "stage": 1, "weights": [1, 2, 0.5]},
    {"name": "middle, 7x7", "fusion": "middle", "stem": "7x7", "sensors": THREE, "size": [48, 40], "loss": "ce",
     "stage": 2, "weights": [1, 1, 1]},
    {"name": "late joint, 3x3", "fusion": "late_joint", "stem": "3x3", "sensors": THREE, "size": [16, 16], "loss": "bce"},
    {"name": "late separate, 7x7", "fusion": "late_separate", "stem": "7x7", "sensors": THREE, "size": [48, 40],
     "loss": "ce"},
]


def digits(values):
    return [float(f"{float(torch.as_tensor(value).detach()):.12g}") for value in values]


def result(case):
    height, width = case["size"]
    images = [
        torch.from_numpy((4 * (uniform(f"input/{name}", BATCH * bands * height * width) - 0.5)).astype(np.float32)
                         .astype(np.float64)).reshape(BATCH, bands, height, width)
        for name, bands in case["sensors"]
    ]
    u = uniform("target", BATCH * CLASSES).reshape(BATCH, CLASSES)
    if case["loss"] == "ce":
        targets = torch.from_numpy(np.floor(u[:, 0] * CLASSES).astype(np.int64))
        loss = functional.cross_entropy
    else:
        targets = torch.from_numpy((u < 0.35).astype(np.float64))
        targets[np.arange(BATCH), 3 * np.arange(BATCH) % CLASSES] = 1
        loss = functional.binary_cross_entropy_with_logits
    network = Network(case)
    with torch.no_grad():
        _, logits = network.train(False)(images)
    branches, joined = network.train()(images)
    losses = [loss(x, targets) for x in (branches if case["fusion"] == "late_separate" else [joined])]
    sum(losses).backward()
    return {
        **case, "logits": digits(logits.flatten()), "trainLogits": digits(joined.flatten()),
        "losses": digits(losses),
        # The norm of each gradient, and its product with u - 1/2 of the fill, which tells the places of its numbers.
        "gradients": {
            name: digits([
                tensor.grad.norm(), tensor.grad.flatten().numpy() @ (uniform(name, tensor.numel()) - 0.5)])
            for name, tensor in network.named("named_parameters")},
        "runningVarianceNorms": {
            name: digits([tensor.norm()])[0]
            for name, tensor in network.named("named_buffers") if name.endswith("running_var")},
    }


def main():
    document = {"width": WIDTH, "classes": CLASSES, "batch": BATCH, "cases": [result(case) for case in CASES]}
    with open(sys.argv[1], "w") as file:
        json.dump(document, file, separators=(",", ":"))
        file.write("\n")


main()
