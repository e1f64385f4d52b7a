#!/usr/bin/env bash
# Trains a small ResNet18 with each way to join two sensors, on two synthetic data sets. Prints the test scores side by
# side, and what the joins that decide took of each sensor.
#
#   scripts/study/joins.sh [FOLDER] [SEEDS] [JOINS]
#
# FOLDER (default: joins) gets the synthetic data and the runs. After an interruption the same command goes on where it
# was. SEEDS (default: 3) is the number of trainings of each join. JOINS, a list in quotes, trains some joins alone. Needs
# Python 3. FUSIONCTL=PROGRAM takes a built program; otherwise it is built.
#
# interaction: the class is the exclusive or of a pattern of each sensor. unreliable: one sensor is noise in 60 % of the
# patches, Sentinel-1 in half of them and Sentinel-2 in the others. A set has 600 patches of 32x32 pixels. A run has 12
# epochs of batches of 16, and the best epoch of the validation is tested.
#
# The statement to be tested was made before the first run: on unreliable, a gate scores at least 3 points of micro-F1
# more than the mean, with each seed.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=${1:-joins}
seeds=${2:-3}
joins=${3:-mean concat gated se attention late_mean late_class_weights}

fusionctl=${FUSIONCTL:-}
if [ -z "$fusionctl" ]; then
  swift build -c release --product fusionctl 2>&1 | tail -n 1
  fusionctl=$(swift build -c release --show-bin-path)/fusionctl
fi

for signal in interaction unreliable; do
  data=$folder/$signal
  labels=$data/labels_splits
  if [ ! -e "$labels/IGBP_probability_labels.pkl" ]; then
    rm -rf "$data"
    "$fusionctl" synth --out "$data" --scenes 30 --patches-per-scene 20 --size 32 --seed 1 --signal "$signal"
  fi
  for ((seed = 1; seed <= seeds; seed++)); do
    for join in $joins; do
      case $join in
        late_*) fusion=(model.fusion=late model.late_training=joint "model.join=${join#late_}") ;;
        *) fusion=(model.fusion=middle "model.fusion_stages=[2]" "model.join=$join") ;;
      esac
      run=$folder/runs/$signal-$join-$seed
      if grep -qs '"tests"' "$run/summary.json"; then continue; fi
      echo "== $signal, $join, seed $seed"
      "$fusionctl" train --config configs/demo/middle.yaml --data "$data" --labels "$labels" \
        --set model.architecture=resnet18 "name=$join" "training.seed=$seed" "${fusion[@]}" \
        --out "$run" --resume --quiet
      "$fusionctl" test "$run" --quiet
    done
  done
done
python3 scripts/study/joins.py "$folder/runs" "$seeds" "$joins"
