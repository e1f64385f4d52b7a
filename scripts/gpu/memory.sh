#!/usr/bin/env bash
# Writes docs/gpu/memory.md: the memory of an H100 that the experiments of configs/*.yaml take, as `fusionctl plan` says it
# without a GPU.
#
#   scripts/gpu/memory.sh FOLDER [PROGRAM]
#
# FOLDER has cuDNN, or gets it: see libraries.sh. PROGRAM is the built program (default: .build/release/fusionctl).
# Variables: DEVICE (default: h100), BATCHES (default: "25 64"), PRECISIONS (default: "fp32 bf16").
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: scripts/gpu/memory.sh FOLDER [PROGRAM]" >&2; exit 64; }
"$(dirname "$0")/libraries.sh" "$1" cudnn >/dev/null
folder=$(cd "$1" && pwd)
program=$(realpath "${2:-$(dirname "$0")/../../.build/release/fusionctl}")
cd "$(dirname "$0")/../.."
export FUSIONCTL_CUDA_LIBS=$folder/lib
device=${DEVICE:-h100}
batches=${BATCHES:-25 64} precisions=${PRECISIONS:-fp32 bf16}

plans=$(mktemp -d)
trap 'rm -rf "$plans"' EXIT
for name in s1 s2 early middle late; do
  for batch in $batches; do
    for precision in $precisions; do
      for memory in balanced low; do
        "$program" plan --config "configs/$name.yaml" --device "$device" --batch-size "$batch" \
          --precision "$precision" --memory $memory --json >"$plans/$name-$batch-$precision-$memory.json"
      done
    done
  done
done

python3 - "$plans" "$batches" "$precisions" >"$plans/page" <<'PYTHON'
import json
import sys

folder, batches, precisions = sys.argv[1], sys.argv[2].split(), sys.argv[3].split()
names = ["s1", "s2", "early", "middle", "late"]


def read(name, batch, precision, memory):
    with open(f"{folder}/{name}-{batch}-{precision}-{memory}.json") as file:
        return json.load(file)


def gigabytes(count):
    return f"{count / 1e9:.2f}"


def table(columns, rows):
    """The first column is left, numbers are right."""
    lines = [columns, ["---"] + ["---:"] * (len(columns) - 1)] + rows
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def row(name, batch, precision):
    plan, low = (read(name, batch, precision, memory) for memory in ["balanced", "low"])
    parts = plan["training_memory"]["device"]
    counts = [parts[part] for part in ["activations", "transfers", "scratch", "parameters", "total"]]
    counts += [of["device"]["total"] for of in [low["training_memory"], plan["inference_memory"]]]
    counts += [plan["training_memory"]["total"]]
    return [name, batch] + [gigabytes(count) for count in counts]


def largest(name):
    def batch(precision, memory):
        return str(read(name, batches[0], precision, memory)["device"].get("largest_batch", "none"))

    return [name] + [batch(precision, memory) for precision in precisions for memory in ["balanced", "low"]]


plan = read(names[0], batches[0], precisions[0], "balanced")
device = plan["device"]
if "workspaces_planned_by" not in device:
    sys.exit("memory: cuDNN cannot be used, so workspaces are not counted: fusionctl plan --device h100 says why")
print(f"""# Memory of the experiments on {device["model"]}

**No hardware was used.** `scripts/gpu/memory.sh` made this page on a machine without a GPU, from
`fusionctl plan --device {device["name"]} --batch-size N --precision P --json`. {device["workspaces_planned_by"]} planned the workspaces of
convolutions for this model; the engine's planner counted everything else. The tests compare such forecasts with what a
simulated device gives out, to the byte. No real GPU has confirmed these numbers.

All numbers but batches are GB (10⁹ bytes), for the experiments `configs/*.yaml` (ResNet101) on patches of
{plan["height"]}×{plan["width"]} pixels. Of the card's {gigabytes(device["memory"])} GB, {gigabytes(device["free_memory"])} are left for networks; driver and libraries take the
rest. The batch is that of training and of evaluation. The columns are:

- **activations:** values of the network, their gradients, images and targets.
- **samples:** the next batch as files hold it.
- **workspaces:** memory for partial results of convolutions.
- **parameters:** with gradients, the state of the optimizer, and the copy that checkpoints are written from.
- **total:** the sum of the above: the peak of a training in memory mode `balanced`, the default.
- **total, `low`:** the same in memory mode `low`, which computes some values again instead of keeping them.
- **evaluation:** the peak of `validate` and `test`.
- **host:** memory of the machine that the training takes besides, 2 GB for NVIDIA's libraries included. Nobody has
  measured those 2 GB yet.""")
for precision in precisions:
    print(f"\n## {precision}\n")
    columns = [
        "experiment", "batch", "activations", "samples", "workspaces", "parameters", "total", "total, `low`", "evaluation",
        "host",
    ]
    print(table(columns, [row(name, batch, precision) for name in names for batch in batches]))
columns = ["experiment"] + [p + mode for p in precisions for mode in ["", ", `low`"]]
print(f"""
## Largest batch

The largest batch that fits into {gigabytes(device["free_memory"])} GB, in training and evaluation.

{table(columns, [largest(name) for name in names])}""")
PYTHON
mv "$plans/page" docs/gpu/memory.md
echo "docs/gpu/memory.md"
