#!/usr/bin/env python3
"""Writes a run folder with predictions for 18,106 patches of 26 scenes and 10 classes, as after a test.

usage: scripts/study/report_large.py FOLDER
"""
import json
import pathlib
import random
import sys

CLASSES = ["Forest", "Shrubland", "Savanna", "Grassland", "Wetlands", "Croplands", "Urban/Built-up", "Snow/Ice",
           "Barren", "Water"]
PATCHES, SCENES = 18106, 26


def main():
    run = pathlib.Path(sys.argv[1])
    (run / "predictions").mkdir(parents=True, exist_ok=True)
    draw = random.Random(1)
    counts = [[0, 0, 0, 0] for _ in CLASSES]
    header = ["id", "cluster"] + [f"{kind}.{name}" for kind in ("probability", "truth") for name in CLASSES]
    lines = [",".join(header + ["epoch", "weights", "data"])]
    for patch in range(PATCHES):
        scene = patch * SCENES // PATCHES
        truth = [int(draw.random() < 0.05 + 0.3 * ((scene + k) % 10 < 2)) for k in range(len(CLASSES))]
        if not any(truth):
            truth[scene % len(CLASSES)] = 1
        scores = [min(max(draw.gauss(0.75 if t else 0.2, 0.22), 0.0), 1.0) for t in truth]
        for k, (t, score) in enumerate(zip(truth, scores)):
            counts[k][2 * t + (float(f"{score:.6f}") >= 0.5)] += 1
        cells = [f"{score:.6f}" for score in scores] + [str(t) for t in truth]
        lines.append(",".join([f"ROIs1158_spring_s2_{scene}_p{patch}.tif", f"ROIs1158_spring_{scene}"] + cells
                              + ["5", "a1", "b2-c3"]))
    (run / "predictions" / "test.csv").write_text("\n".join(lines) + "\n")
    classes = [
        {"name": name, "support": fn + tp, "predicted": fp + tp, "true_positives": tp, "false_positives": fp,
         "false_negatives": fn, "true_negatives": tn}
        for name, (tn, fp, fn, tp) in zip(CLASSES, counts)]
    tp, fp, fn = (sum(c[k] for c in classes) for k in ("true_positives", "false_positives", "false_negatives"))
    metrics = {"task": "multi", "samples": PATCHES, "samples_without_classes": 0,
               "values": {"micro_f1": 2 * tp / (2 * tp + fp + fn)}, "classes": classes}
    checkpoint = {"path": "/runs/large/checkpoints/best.h5", "epoch": 5, "step": 0, "weights": "a1"}
    summary = {
        "name": "large", "fusion": "middle", "sensors": ["s2", "s1"], "architecture": "resnet101", "task": "multi",
        "classes": CLASSES, "parameters": 43984394, "epochs": 5, "completed_epochs": 5, "seconds": 100.0, "threads": 2,
        "seed": 1, "finished": True, "version": "0.1.0", "images_per_second": 10.0, "data_wait_share": 0.01,
        "best": {"epoch": 5, "train_loss": 0.2, "validation_loss": 0.3, "validation": metrics},
        "tests": [{"checkpoints": [checkpoint], "split": "test", "metrics": metrics,
                   "patches": {"count": PATCHES, "list": "b2", "labels": "c3", "pixels": "d4"}}],
    }
    (run / "summary.json").write_text(json.dumps(summary))


main()
