#!/usr/bin/env python3
"""Times the network of a `fusionctl bench --json` document in PyTorch, on the same batch.

    peer.py step|eval LIKE.json [--repeats N] [--bf16]

Prints a JSON document with the keys of `fusionctl bench`. The layers are torchvision's, in channels_last;
the optimizer is torch.optim's with default options.
"""
import argparse
import json
import statistics
import time

import torch
from torch import nn


def torchvision_models():
    """Imports torchvision's networks. Its compiled operators may not fit a CPU-only torch; the import then fails
    where torchvision describes them. The networks use none of them, so these descriptions are skipped."""
    register = torch.library.register_fake

    def register_known(*names, **options):
        def decorate(function):
            try:
                return register(*names, **options)(function)
            except RuntimeError:
                return function

        return decorate

    torch.library.register_fake = register_known
    try:
        from torchvision import models
    finally:
        torch.library.register_fake = register
    return models


def network_of(network, bands):
    """torchvision's network with a first convolution for `bands` bands, initialised as fusionctl does."""
    name = network["architecture"]
    if network.get("head", "pooled") != "pooled":
        raise SystemExit(f"peer: torchvision's networks have no head {network['head']}")
    model = getattr(torchvision_models(), name)(num_classes=network["classes"])
    if name.startswith("vgg"):
        model.features[0] = nn.Conv2d(bands, 64, 3, 1, 1)
    elif name.startswith("densenet"):
        features = model.features
        features.conv0 = nn.Conv2d(bands, features.conv0.out_channels, 7, 2, 3, bias=False)
    elif network["stem"] == "3x3":
        model.conv1, model.maxpool = nn.Conv2d(bands, 64, 3, 1, 1, bias=False), nn.Identity()
    else:
        model.conv1 = nn.Conv2d(bands, 64, 7, 2, 3, bias=False)
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight)
    return model


def vgg_stages(features):
    """The blocks of a VGG, each with the max pool at its end."""
    blocks, block = [], []
    for layer in features:
        block.append(layer)
        if isinstance(layer, nn.MaxPool2d):
            blocks.append(nn.Sequential(*block))
            block = []
    return blocks


def parts(network, bands):
    """The fusion stages 0 to 4 of a network, and its pooled head."""
    model = network_of(network, bands)
    if network["architecture"].startswith("vgg"):
        for layer in model.classifier:
            if isinstance(layer, nn.Dropout):
                layer.p = network["dropout"]
        return vgg_stages(model.features), nn.Sequential(model.avgpool, nn.Flatten(), model.classifier)
    if network["architecture"].startswith("densenet"):
        f = model.features
        stages = [
            [f.conv0, f.norm0, f.relu0, f.pool0], [f.denseblock1, f.transition1], [f.denseblock2, f.transition2],
            [f.denseblock3, f.transition3], [f.denseblock4, f.norm5]]
        head = [nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(network["dropout"]),
                model.classifier]
    else:
        stages = [[model.conv1, model.bn1, model.relu, model.maxpool], [model.layer1], [model.layer2], [model.layer3],
                  [model.layer4]]
        head = [model.avgpool, nn.Flatten(), nn.Dropout(network["dropout"]), model.fc]
    return [nn.Sequential(*stage) for stage in stages], nn.Sequential(*head)


class OneNetwork(nn.Module):
    """The bands of all sensors in one network: one sensor, or early fusion."""

    def __init__(self, network):
        super().__init__()
        blocks, head = parts(network, sum(sensor["bands"] for sensor in network["sensors"]))
        self.layers = nn.Sequential(*blocks, head)

    def forward(self, images):
        return [self.layers(images[0] if len(images) == 1 else torch.cat(images, 1))]


class MiddleFusion(nn.Module):
    """Middle fusion: an encoder for each sensor, the weighted mean of their features, and one network after it."""

    def __init__(self, network):
        super().__init__()
        first = network["fusionStages"][0] + 1
        branches = [parts(network, sensor["bands"]) for sensor in network["sensors"]]
        self.encoders = nn.ModuleList(nn.Sequential(*blocks[:first]) for blocks, _ in branches)
        blocks, head = branches[0]
        self.shared = nn.Sequential(*blocks[first:], head)
        self.weights = network["fusionWeights"]

    def forward(self, images):
        features = [weight * encode(x) for weight, encode, x in zip(self.weights, self.encoders, images)]
        return [self.shared(sum(features) / sum(self.weights))]


class LateFusion(nn.Module):
    """Late fusion: a network for each sensor. In training each network has its own loss unless trained jointly."""

    def __init__(self, network):
        super().__init__()
        self.branches = nn.ModuleList(
            OneNetwork({**network, "sensors": [sensor]}) for sensor in network["sensors"])
        self.separate = network["lateTraining"] == "separate"

    def forward(self, images):
        logits = [branch([x])[0] for branch, x in zip(self.branches, images)]
        return logits if self.separate and self.training else [sum(logits) / len(logits)]


def build(network):
    """The network of a benchmark of fusionctl; exits where it has a fusion that is not written here."""
    fusion = network["fusion"]
    if fusion in ("middle", "late") and network["join"] != "mean":
        raise SystemExit(f"peer: the join is {network['join']}, but this script has the mean alone")
    if fusion == "middle" and len(network["fusionStages"]) != 1:
        raise SystemExit(f"peer: fusion is behind the stages {network['fusionStages']}, but this script takes one")
    kinds = {"none": OneNetwork, "early": OneNetwork, "middle": MiddleFusion, "late": LateFusion}
    return kinds[fusion](network)


def peak_resident_bytes():
    """Peak memory of this process in bytes. getrusage would count the parent's memory too."""
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["step", "eval"])
    parser.add_argument("like", help="output of fusionctl bench --json")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--bf16", action="store_true", help="under torch.autocast in bfloat16")
    options = parser.parse_args()
    with open(options.like) as file:
        document = json.load(file)
    network = document["network"]
    torch.set_num_threads(document["machine"]["threads"])
    torch.manual_seed(0)

    model = build(network).to(memory_format=torch.channels_last)
    train = options.mode == "step"
    batch = network["batchSize" if train else "evaluationBatchSize"]
    images = [
        torch.rand(batch, sensor["bands"], network["height"], network["width"]).mul_(2).sub_(1)
        .contiguous(memory_format=torch.channels_last) for sensor in network["sensors"]
    ]
    if network["labels"] == "multi":
        loss, targets = nn.BCEWithLogitsLoss(), (torch.rand(batch, network["classes"]) < 0.3).float()
    else:
        loss, targets = nn.CrossEntropyLoss(), torch.randint(network["classes"], (batch,))
    optimizer = None
    if train:
        rule = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[network["optimizer"]]
        optimizer = rule(
            model.parameters(), lr=network["learningRate"], weight_decay=network["weightDecay"])
    model.train(train)

    def step():
        if not train:
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
                return model(images)
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=options.bf16):
            total = sum(loss(logits.float(), targets) for logits in model(images))
        total.backward()
        optimizer.step()

    times = []
    for turn in range(2 + options.repeats):
        start = time.perf_counter()
        step()
        if turn >= 2:
            times.append(time.perf_counter() - start)
    key = "trainStepSeconds" if train else "evalStepSeconds"
    print(json.dumps({
        "torch": torch.__version__,
        "parameters": sum(p.numel() for p in model.parameters()),
        key: {"best": min(times), "median": statistics.median(times), "all": times},
        "peakResidentBytes": peak_resident_bytes(),
    }))


if __name__ == "__main__":
    main()
