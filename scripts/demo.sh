#!/usr/bin/env bash
# Installs what the build needs, builds, makes a synthetic sample, trains and tests the five experiments on it, writes a
# report of one, and compares them.
#
#   scripts/demo.sh [FOLDER] [additive|interaction]
#
# FOLDER (default: sample) gets the data and the runs. After an interruption the same command goes on where it was.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-sample}
signal=${2:-additive}
data=$folder/$signal
runs=$folder/runs-$signal
labels=$data/labels_splits

scripts/setup.sh
echo "== building"
swift build -c release --product fusionctl 2>&1 | tail -n 1
fusionctl=$(swift build -c release --show-bin-path)/fusionctl

if [ ! -e "$labels/IGBP_probability_labels.pkl" ]; then
  rm -rf "$data"
  echo "== making the sample: $data"
  "$fusionctl" synth --out "$data" --scenes 60 --patches-per-scene 10 --size 32 --seed 1 --signal "$signal"
fi

experiments=(s1 s2 early middle late)
for experiment in "${experiments[@]}"; do
  echo "== $experiment"
  "$fusionctl" train --config "configs/demo/$experiment.yaml" --data "$data" --labels "$labels" \
    --out "$runs/$experiment" --resume
  "$fusionctl" test --checkpoint "$runs/$experiment/checkpoints/best.h5" --data "$data" --labels "$labels" \
    --quiet >"$runs/$experiment/test.txt"
done

echo "== report"
"$fusionctl" report "$runs/middle" --out "$folder/report-$signal.html" --force

echo "== comparison"
"$fusionctl" compare "${experiments[@]/#/$runs/}"
