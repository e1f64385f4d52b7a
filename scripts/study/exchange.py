#!/usr/bin/env python3
"""Exports networks with fusionctl and compares the files with PyTorch and onnxruntime.

Usage: exchange.py FUSIONCTL (needs torch, torchvision, numpy, onnx and onnxruntime)

A network starts from a .pth file that PyTorch has written (import), or from random weights of fusionctl. Its exports are
loaded strictly (.pth, own names and those of the toolbox), checked by onnx, and run with batches of 1 and 5 images.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
import torchvision

FUSIONCTL = sys.argv[1]
CASES = [
    ("s2", "resnet18", 64), ("early", "resnet50", 96), ("middle", "resnet18", 64), ("late", "resnet18", 64),
    ("s2", "densenet121", 96), ("early", "vgg16_bn", 256), ("late", "densenet121", 64),
]
BANDS = {"s2": {"s2": 10}, "early": {"s2": 10, "s1": 2}, "middle": {"s2": 10, "s1": 2}, "late": {"s2": 10, "s1": 2}}


def run(*arguments):
    subprocess.run([FUSIONCTL, *map(str, arguments), "--quiet"], check=True)


def trained(architecture, bands):
    """A network with weights and statistics that are not those of a start."""
    torch.manual_seed(7)
    network = getattr(torchvision.models, architecture)(num_classes=10)
    if architecture.startswith("vgg"):
        network.features[0] = torch.nn.Conv2d(bands, 64, 3, padding=1)
    elif architecture.startswith("densenet"):
        network.features.conv0 = torch.nn.Conv2d(bands, 64, 7, stride=2, padding=3, bias=False)
    else:
        network.conv1 = torch.nn.Conv2d(bands, 64, 7, stride=2, padding=3, bias=False)
    network.train()
    for _ in range(2):
        network(torch.randn(4, bands, 64, 64))
    return network.eval()


def relative(a, b):
    return float(np.abs(a - b).max() / np.abs(b).max())


def torch_logits(kind, architecture, states, images):
    """Logits of the network in PyTorch, from a state_dict with fusionctl's names."""
    def single(state, bands):
        network = trained(architecture, bands)
        network.load_state_dict(state, strict=True)
        return network.eval()

    def branch(name):
        return {key[len(name) + 1:]: value for key, value in states.items() if key.startswith(name + ".")}

    with torch.no_grad():
        if kind in ("s2", "early"):
            x = torch.cat([images[name] for name in BANDS[kind]], 1)
            return single(states, x.shape[1])(x).numpy()
        if kind == "late":
            return sum(single(branch(name), count)(images[name]) for name, count in BANDS[kind].items()).numpy() / 2
        features = []
        for name, count in BANDS[kind].items():
            network = trained(architecture, count)
            missing = network.load_state_dict(branch(name), strict=False)
            assert not missing.unexpected_keys
            x = network.maxpool(network.relu(network.bn1(network.conv1(images[name]))))
            features.append(network.layer2(network.layer1(x)))
        rest = trained(architecture, 3)
        own = {k: v for k, v in states.items() if not k.startswith(("s1.", "s2."))}
        assert not rest.load_state_dict(own, strict=False).unexpected_keys
        x = rest.layer4(rest.layer3(sum(features) / 2))
        return rest.fc(torch.flatten(rest.avgpool(x), 1)).numpy()


def main():
    with tempfile.TemporaryDirectory(prefix="exchange-") as folder:
        compare(pathlib.Path(folder))


def compare(folder):
    print("| network | .pth strict | ONNX nodes | batch 1, rel | batch 5, rel | with normalisation, rel |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for kind, architecture, side in CASES:
        settings = ["--config", kind, "--set", f"model.architecture={architecture}"]
        sources = []
        for name, count in ({"shared": 12} if kind == "early" else BANDS[kind]).items():
            state = trained(architecture, count).state_dict()
            torch.save({"state_dict": {"module." + k: v for k, v in state.items()}, "epoch": 3}, folder / f"{name}.pth")
            bands = "toolbox" if count != 2 else "VV,VH"
            sources += ["--weights", folder / f"{name}.pth", "--bands", bands]
            sources += ["--into", name] if kind in ("middle", "late") else []
        checkpoint = folder / f"{kind}.h5"
        run("import", *sources, *settings, "--normalisation", "published", "--out", checkpoint, "--force")
        run("export", "--checkpoint", checkpoint, "--format", "pth", "--out", folder / "own.pth", "--force")
        states = torch.load(folder / "own.pth", weights_only=True)
        if kind != "late":
            run("export", "--checkpoint", checkpoint, "--format", "pth", "--names", "toolbox", "--out",
                folder / "toolbox.pth", "--force")
            toolbox = torch.load(folder / "toolbox.pth", weights_only=True)
            assert set(toolbox) == {"epoch", "arch", "model_state_dict", "optimizer_state_dict", "best_prec"}
        results = []
        onnx_file = folder / f"{kind}.onnx"
        run("export", "--checkpoint", checkpoint, "--format", "onnx", "--check", "--out", onnx_file, "--force")
        onnx.checker.check_model(str(onnx_file), full_check=True)
        onnx.shape_inference.infer_shapes(onnx.load(onnx_file), strict_mode=True)
        session = onnxruntime.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
        for batch in (1, 5):
            images = {name: torch.randn(batch, count, side, side) for name, count in BANDS[kind].items()}
            logits, probabilities = session.run(None, {name: x.numpy() for name, x in images.items()})
            results.append(relative(logits, torch_logits(kind, architecture, states, images)))
            assert relative(1 / (1 + np.exp(-logits)), probabilities) < 1e-5
        run("export", "--checkpoint", checkpoint, "--format", "onnx", "--with-normalisation", "--out", onnx_file, "--force")
        metadata = {entry.key: entry.value for entry in onnx.load(onnx_file).metadata_props}
        mean, std, clip = (json.loads(metadata[key]) for key in ("mean", "std", "clip"))
        raw = {name: (torch.rand(5, count, side, side) * (3000 if name == "s2" else -30)) for name, count in BANDS[kind].items()}
        prepared = {}
        for name, x in raw.items():
            if name in clip:
                x = x.clip(*clip[name])
            figures = (torch.tensor(values[name])[:, None, None] for values in (mean, std))
            shift, scale = figures
            prepared[name] = (x - shift) / scale
        session = onnxruntime.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
        logits = session.run(["logits"], {name: x.numpy() for name, x in raw.items()})[0]
        results.append(relative(logits, torch_logits(kind, architecture, states, prepared)))
        arguments = []
        for name, x in raw.items():
            np.save(folder / f"{name}.npy", x.numpy())
            arguments.append(f"{name}={folder / name}.npy")
        example = subprocess.run(
            [sys.executable, "Examples/ONNX/classify.py", onnx_file, *arguments], check=True, capture_output=True, text=True)
        assert len(example.stdout.splitlines()) == 5, example.stdout
        nodes = len(onnx.load(onnx_file).graph.node)
        print(f"| {kind} {architecture} | yes | {nodes} | " + " | ".join(f"{value:.1e}" for value in results) + " |")
        assert max(results) < 1e-5, results


main()
