#!/usr/bin/env python3
"""Writes the reference numbers of curves: Tests/Fixtures/curves.json, by scikit-learn from Tests/Fixtures/metrics.json.

For each set of metrics.json: the average precision of each class (null where no patch has it), macro and micro, a sum over
each precision-recall curve that tells curves apart, bins and error of the calibration, and F1 at thresholds.

usage: scripts/study/curve_reference.py
needs: numpy, scikit-learn
"""
import json
import pathlib
import warnings

import numpy
from sklearn.calibration import calibration_curve
from sklearn.metrics import (average_precision_score, confusion_matrix, f1_score, multilabel_confusion_matrix,
                             precision_recall_curve)

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Fixtures"
BINS = 10
THRESHOLDS = [step / 100 for step in range(0, 101, 5)]


def curve(truth, scores):
    """AP, number of thresholds, and sums of precision, recall and threshold weighted by their places."""
    precision, recall, thresholds = precision_recall_curve(truth, scores)
    places = numpy.arange(1, len(thresholds) + 1)
    return {
        "ap": average_precision_score(truth, scores), "points": len(thresholds),
        "precision": float((places * precision[:-1]).sum()), "recall": float((places * recall[:-1]).sum()),
        "threshold": float((places * thresholds).sum()),
    }


def calibration(truth, scores):
    share, mean = calibration_curve(truth, scores, n_bins=BINS, strategy="uniform")
    counts = numpy.bincount(numpy.searchsorted(numpy.linspace(0, 1, BINS + 1)[1:-1], scores), minlength=BINS)
    error = float((counts[counts > 0] * abs(share - mean)).sum() / counts.sum())
    return {"counts": counts.tolist(), "share": share.tolist(), "mean": mean.tolist(), "error": error}


def reference(case):
    scores = numpy.array(case["probabilities"], dtype=numpy.float32).astype(numpy.float64)
    truth = numpy.array(case["truth"]).astype(int)
    single = case["task"] == "single_label"
    decisions = (truth.ravel(), scores.ravel())
    if single:
        top = scores.argmax(axis=1)
        decisions = (truth[numpy.arange(len(top)), top], scores.max(axis=1))
    present = truth.sum(axis=0) > 0
    predicted = numpy.eye(truth.shape[1], dtype=int)[scores.argmax(axis=1)] if single else (scores >= 0.5).astype(int)
    return {
        "name": case["name"],
        "classes": [curve(truth[:, k], scores[:, k]) if present[k] else None for k in range(truth.shape[1])],
        "macro": average_precision_score(truth, scores, average="macro"),
        "micro": curve(truth.ravel(), scores.ravel()),
        "calibration": calibration(*decisions),
        "f1_micro": [f1_score(truth, scores >= t, average="micro", zero_division=0) for t in THRESHOLDS],
        "f1_macro": [f1_score(truth, scores >= t, average="macro", zero_division=0) for t in THRESHOLDS],
        "f1_classes": f1_score(truth, scores >= 0.3, average=None, zero_division=0).tolist(),
        "two_by_two": multilabel_confusion_matrix(truth, predicted).tolist(),
        "confusion": confusion_matrix(
            truth.argmax(axis=1), predicted.argmax(axis=1), labels=range(truth.shape[1])).tolist() if single else None,
    }


def main():
    warnings.simplefilter("ignore")
    cases = json.loads((FIXTURES / "metrics.json").read_text())["sets"]
    result = {"bins": BINS, "thresholds": THRESHOLDS, "sets": [reference(case) for case in cases]}
    (FIXTURES / "curves.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


main()
