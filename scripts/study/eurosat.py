#!/usr/bin/env python3
"""The PyTorch half of eurosat.sh, which describes the study, and its tables.

    eurosat.py weights DATA WEIGHTS                   writes random weights of the network as safetensors
    eurosat.py losses DATA WEIGHTS EVENTS --rate R    takes 50 steps from WEIGHTS, and compares the losses with those of EVENTS
    eurosat.py train DATA RESULT --epochs N …         trains and tests; writes RESULT as JSON
    eurosat.py table DATA FOLDER --seeds N            prints the test accuracies
"""
import argparse
import itertools
import json
import pathlib
import statistics
import struct
import sys
import time

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

sys.path.append(str(pathlib.Path(__file__).parent.parent / "bench"))
from linear_floor import Ridge, band_figures  # noqa: E402
from peer import network_of  # noqa: E402

CLASSES = [
    "AnnualCrop", "Forest", "HerbaceousVegetation", "Highway", "Industrial", "Pasture", "PermanentCrop", "Residential",
    "River", "SeaLake",
]
NETWORK = {
    "architecture": "resnet18", "stem": "7x7", "classes": len(CLASSES), "sensors": [{"bands": 3}], "dropout": 0,
    "fusion": "none",
}
BATCH, DECAY, STEPS = 32, 1e-5, 50
SHOWN_STEPS = [1, 2, 5, 10, 20, 30, 40, 50]
MOST = (1 << 64) - 1


class RandomStream:
    """The program's random numbers (SplitMix64) of a seed and a path of integers."""

    STEP = 0x9E3779B97F4A7C15

    def __init__(self, seed, *path):
        self.state = self.mix(seed + self.STEP)
        for step in path:
            self.state = self.mix(self.state ^ self.mix(step + self.STEP))

    @staticmethod
    def mix(z):
        z &= MOST
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MOST
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MOST
        return z ^ z >> 31

    def next(self):
        self.state = self.state + self.STEP & MOST
        return self.mix(self.state)

    def integer(self, bound):
        while True:
            product = bound * self.next()
            if (product & MOST) >= (1 << 64) % bound:
                return product >> 64

    def permutation(self, count):
        order = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.integer(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


class Split:
    """The images of a list, in the order of their names' bytes, and their classes."""

    def __init__(self, data, name):
        lines = (data / f"eurosat-{name}.txt").read_text().split()
        files = sorted((line.removesuffix(".jpg") for line in lines), key=str.encode)
        of_class = [name.split("_")[0] for name in files]
        self.images = np.stack([
            np.asarray(Image.open(data / f"EuroSAT_RGB/{folder}/{name}.jpg")) for folder, name in zip(of_class, files)])
        self.truth = np.array([CLASSES.index(name) for name in of_class])

    def __len__(self):
        return len(self.truth)

    def statistics(self):
        samples = self.images.reshape(-1, self.images.shape[-1]).astype(np.float64)
        return samples.mean(0).astype(np.float32), samples.std(0).astype(np.float32)


def turned(image, stream):
    """An image, mirrored and turned at random: by the program's random numbers, with the same shares."""
    if stream.next() >> 63:
        image = image[:, ::-1]
    if stream.next() >> 63:
        image = image[::-1]
    return np.rot90(image, stream.integer(4))


def batches(split, figures, seed=None, epoch=None, augmented=False):
    """Normalised batches; of an epoch's random order if it has a seed."""
    mean, deviation = figures
    order = range(len(split)) if seed is None else RandomStream(seed, epoch, 0).permutation(len(split))
    for start in range(0, len(split), BATCH):
        chosen = order[start : start + BATCH]
        images = [split.images[index] for index in chosen]
        if augmented:
            images = [
                turned(image, RandomStream(seed, epoch, 1, start + place)) for place, image in enumerate(images)]
        x = torch.from_numpy((np.stack(images).astype(np.float32) - mean) / deviation).permute(0, 3, 1, 2)
        yield x, torch.from_numpy(split.truth[list(chosen)])


def network(seed):
    """torchvision's ResNet18 with random weights of the same distribution as the program's."""
    torch.manual_seed(seed)
    return network_of(NETWORK, 3).to(memory_format=torch.channels_last)


def optimizer_of(model, rate):
    return torch.optim.Adam(model.parameters(), lr=rate, weight_decay=DECAY)


def step(model, optimizer, x, y):
    optimizer.zero_grad()
    loss = functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


def accuracy(model, split, figures):
    model.eval()
    with torch.inference_mode():
        right = sum(int((model(x).argmax(1) == y).sum()) for x, y in batches(split, figures))
    return right / len(split)


def write_safetensors(tensors, metadata, path):
    header, offset = {"__metadata__": metadata}, 0
    for name, tensor in tensors.items():
        size = 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.contiguous().numpy().astype("<f4").tobytes())


def write_weights(options):
    """Random weights, and the normalisation, without which `fusionctl import` takes none."""
    mean, deviation = (figures.tolist() for figures in Split(options.data, "train").statistics())
    normalisation = {"s2": {"bands": ["red", "green", "blue"], "mean": mean, "std": deviation}}
    tensors = {name: tensor for name, tensor in network(options.seed).state_dict().items() if tensor.ndim > 0}
    write_safetensors(tensors, {"normalisation": json.dumps(normalisation)}, options.weights)


def read_weights(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        values = np.frombuffer(file.read(), "<f4")
    # Counters of batches are integers.
    places = {name: entry for name, entry in header.items() if entry.get("dtype") == "F32"}
    return {
        name: torch.from_numpy(
            values[entry["data_offsets"][0] // 4 : entry["data_offsets"][1] // 4].reshape(entry["shape"]).copy())
        for name, entry in places.items()}


def read_losses(path):
    """The loss of each step, from the output of `fusionctl train --json`."""
    events = [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]
    return [event["loss"] for event in events if event["event"] == "step"]


def peer_losses(options, train, figures, reverse):
    """PyTorch's losses from the same weights and batches. `reverse` turns each batch around, which changes only rounding."""
    model = network(options.seed)
    model.load_state_dict(read_weights(options.weights), strict=False)
    model.train()
    optimizer = optimizer_of(model, options.rate)
    losses = []
    for x, y in itertools.islice(batches(train, figures, options.seed, 0), STEPS):
        losses.append(step(model, optimizer, *((x.flip(0), y.flip(0)) if reverse else (x, y))))
    return losses


def compare_losses(options):
    train = Split(options.data, "train")
    figures = train.statistics()
    ours = read_losses(options.events)[:STEPS]
    if len(ours) < STEPS:
        sys.exit(f"eurosat: {options.events}: has {len(ours)} steps, expected {STEPS}")
    theirs, turned_around = (peer_losses(options, train, figures, reverse) for reverse in [False, True])
    apart, own = (np.maximum.accumulate(np.abs(np.subtract(theirs, other))) for other in [ours, turned_around])
    for number in SHOWN_STEPS:
        at = number - 1
        print(f"| {number} | {ours[at]:.6f} | {theirs[at]:.6f} | {apart[at]:.1e} | {own[at]:.1e} |")


def train(options):
    """Two stages as in eurosat.sh, each with an optimizer of its own. The last weights are tested."""
    train, validation, test = (Split(options.data, name) for name in ["train", "val", "test"])
    figures = train.statistics()
    model = network(options.seed)
    epochs = []
    stages = [(options.epochs, 1e-3, options.seed), (options.fine_epochs, 1e-4, 100 + options.seed)]
    for count, rate, seed in stages:
        optimizer = optimizer_of(model, rate)
        for epoch in range(count):
            start = time.perf_counter()
            model.train()
            losses = [step(model, optimizer, x, y) for x, y in batches(train, figures, seed, epoch, True)]
            seconds = time.perf_counter() - start
            epochs.append({
                "loss": statistics.mean(losses), "validation": accuracy(model, validation, figures), "seconds": seconds})
            print(f"PyTorch, seed {options.seed}: epoch {len(epochs)}: {epochs[-1]}", file=sys.stderr, flush=True)
    summary = {"epochs": epochs, "test": accuracy(model, test, figures), "torch": torch.__version__}
    partial = options.result.with_suffix(".partial")
    partial.write_text(json.dumps(summary))
    partial.rename(options.result)


def linear_accuracy(data):
    """Of the linear classifier that is trained on the same list."""
    train, test = (Split(data, name) for name in ["train", "test"])
    figures = [np.array([band_figures(image) for image in split.images]) for split in [train, test]]
    return float((Ridge(figures[0], train.truth, len(CLASSES)).predict(figures[1]) == test.truth).mean())


def result(folder, name, seed):
    return json.loads((folder / f"{name}-{seed}.json").read_text())


def print_table(options):
    seeds = range(1, options.seeds + 1)
    ours = [result(options.folder, "ours", seed)["metrics"]["values"]["subset_accuracy"] for seed in seeds]
    theirs = [result(options.folder, "torch", seed)["test"] for seed in seeds]
    print(f"| test accuracy | {' | '.join(f'seed {seed}' for seed in seeds)} | mean |")
    print(f"| --- |{' ---: |' * (options.seeds + 1)}")
    for title, values in [("fusionctl", ours), ("PyTorch", theirs)]:
        print(f"| {title} | {' | '.join(f'{value:.3f}' for value in values)} | {statistics.mean(values):.3f} |")
    print(f"| linear classifier |{' |' * options.seeds} {linear_accuracy(options.data):.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parts = parser.add_subparsers(dest="part", required=True)

    def part(name, work, *paths):
        added = parts.add_parser(name)
        for path in ["data", *paths]:
            added.add_argument(path, type=pathlib.Path)
        added.set_defaults(work=work)
        return added

    weights = part("weights", write_weights, "weights")
    losses = part("losses", compare_losses, "weights", "events")
    training = part("train", train, "result")
    for added in [weights, losses, training]:
        added.add_argument("--seed", type=int, default=1)
    losses.add_argument("--rate", type=float, required=True)
    training.add_argument("--epochs", type=int, required=True)
    training.add_argument("--fine-epochs", type=int, required=True)
    part("table", print_table, "folder").add_argument("--seeds", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.work(options)


if __name__ == "__main__":
    main()
