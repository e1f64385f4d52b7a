#!/usr/bin/env python3
"""Runs the reference networks as ONNX files, and compares their logits with PyTorch's in float64.

Usage: onnx_cases.py FUSIONCTL FIXTURES [PART...] (needs torch, numpy, onnx, onnxruntime)

FIXTURES holds networks/cases.json, the results and manifests beside it, and models/inputs.safetensors. A PART selects the
cases whose names contain it. Weights follow from the deterministic fill (Tests/Fixtures/README.md, section 1), so no file of
weights is needed: they are written as .pth, imported, and exported as ONNX.
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

FUSIONCTL, FIXTURES = sys.argv[1], pathlib.Path(sys.argv[2])


def tensors(path, wanted):
    """Arrays of a safetensors file."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    types = {"F64": np.float64, "F32": np.float32, "I64": np.int64}
    return {
        name: np.frombuffer(data, types[entry["dtype"]], offset=8 + size + entry["data_offsets"][0],
                            count=int(np.prod(entry["shape"]))).reshape(entry["shape"])
        for name, entry in header.items() if name in wanted
    }


def uniform(name, count):
    """The uniform numbers of the deterministic fill."""
    salt = 0x811C9DC5
    for byte in name.encode():
        salt = ((salt ^ byte) * 0x01000193) & 0xFFFFFFFF
    h = np.arange(count, dtype=np.uint64) * np.uint64(2654435761) + np.uint64(salt) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h = (h ^ (h >> np.uint64(shift))) * np.uint64(factor) & np.uint64(0xFFFFFFFF)
    return ((h ^ (h >> np.uint64(16))).astype(np.float64) + 0.5) / 2.0**32


def filled(name, shape):
    u = uniform(name, int(np.prod(shape)))
    if len(shape) > 1:
        values = (u - 0.5) * (2 * np.sqrt(6 / np.prod(shape[1:])))
    elif name.endswith("running_var"):
        values = 0.8 + 0.8 * u
    elif name.endswith("running_mean") or name.endswith("bias"):
        values = 0.2 * (u - 0.5)
    elif name.endswith("bn3.weight"):
        values = 0.1 + 0.1 * u
    else:
        values = 0.5 + 0.5 * u
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def settings(case):
    """The keys of the experiment, and its sensors."""
    single = {"s1s2": ("early", ["s2", "s1"]), "s2": ("none", ["s2"]), "s1": ("none", ["s1"])}
    kind = case["kind"]
    fusion, sensors = single[case["input"]] if kind == "single" else (kind.split("_")[0], ["s1", "s2"])
    architecture = "dfnn2" if case["head"] == "mlp" else case["arch"]
    keys = {
        "model.architecture": architecture, "model.head": case["head"], "model.fusion": fusion,
        "model.sensors": f"[{', '.join(sensors)}]", "data.patch_size": case["height"],
        "labels.scheme": "full" if case["classes"] == 17 else "simplified",
        "labels.type": "multi" if case["loss"] == "bce" else "single",
    }
    if fusion in ("middle", "late"):
        keys["model.join"] = case["join"]
    if fusion == "middle":
        keys["model.fusion_stages"] = str(case["stages"])
    return keys, sensors


def shapes(case):
    """Names and shapes of the network: those of the manifest, with the case's bands, classes and size."""
    path = case.get("manifest", f"manifests/{case['arch']}_{case['head']}_single.json")
    manifest = json.loads((FIXTURES / "networks" / path).read_text())["state_dict"]
    entries = [(entry["name"], list(entry["shape"])) for entry in manifest]
    firsts = ("conv1.weight", "features.conv0.weight", "features.0.weight", "encoder.0.weight")
    heads = {entries[-1][0], entries[-2][0]}
    for name, shape in entries:
        if name in firsts and case["kind"] == "single":
            shape[1] = case["n_inputs"]
        if name in heads and case["kind"] == "single":
            shape[0] = case["classes"]
    if "manifest" not in case:
        # An image of another size than the manifest's: the number of parameters tells that of flattened features.
        learned = [shape for name, shape in entries if name.endswith(("weight", "bias"))]
        missing = case["parameter_count"] - sum(int(np.prod(shape)) for shape in learned)
        first = next(shape for name, shape in entries if name.startswith("classifier.") and len(shape) == 2)
        first[1] += missing // first[0]
    return entries


def run(*arguments):
    subprocess.run([FUSIONCTL, *map(str, arguments), "--quiet"], check=True)


def check(case, folder, inputs):
    keys, sensors = settings(case)
    state = {name: filled(name, shape) for name, shape in shapes(case)}
    torch.save(state, folder / "w.pth")
    del state
    options = [word for key, value in keys.items() for word in ("--set", f"{key}={value}")]
    bands = ["--bands", "toolbox"] if case["kind"] == "single" else []
    run("import", "--weights", folder / "w.pth", "--config", "middle", *bands, *options, "--normalisation", "published",
        "--out", folder / "w.h5", "--force")
    run("export", "--checkpoint", folder / "w.h5", "--format", "onnx", "--out", folder / "w.onnx", "--check", "--force")
    onnx.checker.check_model(str(folder / "w.onnx"), full_check=True)
    onnx.shape_inference.infer_shapes(onnx.load(folder / "w.onnx"), strict_mode=True)
    session = onnxruntime.InferenceSession(folder / "w.onnx", providers=["CPUExecutionProvider"])
    expected = tensors(FIXTURES / "networks" / case["file"], ["eval.logits"])["eval.logits"]
    # Five images: those of the reference, and again the first ones.
    size = "small" if case["height"] == 64 else "big"
    images = {name: np.resize(inputs[f"{name}.{size}"], (5, *inputs[f"{name}.{size}"].shape[1:])) for name in sensors}
    expected = np.resize(expected, (5, expected.shape[1]))
    five = session.run(["logits"], images)[0]
    one = session.run(["logits"], {name: x[:1] for name, x in images.items()})[0]
    scale = np.abs(expected).max()
    errors = np.abs(one - expected[:1]).max() / scale, np.abs(five - expected).max() / scale
    return len(onnx.load(folder / "w.onnx").graph.node), *errors


def main():
    cases = json.loads((FIXTURES / "networks" / "cases.json").read_text())
    cases = cases["cases"] if isinstance(cases, dict) else cases
    names = [f"{sensor}.{size}" for sensor in ("s1", "s2") for size in ("small", "big")]
    inputs = tensors(FIXTURES / "models" / "inputs.safetensors", names)
    worst = 0
    print("| network | nodes | batch 1, rel | batch 5, rel |\n| --- | ---: | ---: | ---: |")
    for case in sorted(cases, key=lambda case: case["parameter_count"]):
        if not all(part in case["name"] for part in sys.argv[3:]):
            continue
        with tempfile.TemporaryDirectory(prefix="onnx-") as folder:
            nodes, one, five = check(case, pathlib.Path(folder), inputs)
        print(f"| {case['name']} | {nodes} | {one:.1e} | {five:.1e} |", flush=True)
        worst = max(worst, one, five)
    assert worst < 1e-5, worst


main()
