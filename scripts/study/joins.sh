#!/usr/bin/env bash
# Trains a small ResNet18 with each way to join two sensors, on two synthetic data sets. Prints the test scores side by
# side, and what the joins that decide took of each sensor.
#
#   scripts/study/joins.sh [FOLDER] [SEEDS] [JOINS]
#
# FOLDER (default: joins) gets the synthetic data and the runs. After an interruption the same command goes on where it
# was. SEEDS (default: 3) is the number of trainings of each join. JOINS, a list in quotes, trains some joins alone. Needs
# Python 3. FUSIONCTL=PROGRAM takes a built program; otherwise it is built. One thread computes; all 66 trainings take
# about 40 minutes.
#
# interaction: the class is the exclusive or of a pattern of each sensor. unreliable: Sentinel-1 is wrong in half of the
# patches, and only haze in Sentinel-2 tells in which; Sentinel-2 is wrong in 35 % without a sign. Each seed has a data set
# of its own, of 2,000 patches of 16x16 pixels. A run has 8 epochs of batches of 16, and the best epoch of the validation is
# tested. Its weights are then deleted.
#
# Middle fusion is behind layer4, where only an average and a linear layer follow. Beside the joins: s1 and s2 alone, and
# layer2_mean and layer2_gated behind layer2.
#
# The statement to be tested was made before the first run: on unreliable, a gate scores at least 3 points of micro-F1
# more than the mean, with each seed.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=${1:-joins}
seeds=${2:-3}
joins=${3:-s1 s2 mean concat gated se attention late_mean late_class_weights layer2_mean layer2_gated}

fusionctl=${FUSIONCTL:-}
if [ -z "$fusionctl" ]; then
  swift build -c release --product fusionctl 2>&1 | tail -n 1
  fusionctl=$(swift build -c release --show-bin-path)/fusionctl
fi

for ((seed = 1; seed <= seeds; seed++)); do
  for signal in interaction unreliable; do
    data=$folder/$signal-$seed
    labels=$data/labels_splits
    if [ ! -e "$labels/IGBP_probability_labels.pkl" ]; then
      rm -rf "$data"
      "$fusionctl" synth --out "$data" --scenes 100 --patches-per-scene 20 --size 16 --seed "$seed" --signal "$signal"
    fi
    if [ "$signal" = unreliable ]; then python3 scripts/study/joins.py lists "$labels"; fi
    for join in $joins; do
      case $join in
        s1 | s2) fusion=(model.fusion=none "model.sensors=[$join]") ;;
        late_*) fusion=(model.fusion=late model.late_training=joint "model.join=${join#late_}") ;;
        layer2_*) fusion=(model.fusion=middle "model.fusion_stages=[2]" "model.join=${join#layer2_}") ;;
        *) fusion=(model.fusion=middle "model.fusion_stages=[4]" "model.join=$join") ;;
      esac
      run=$folder/runs/$signal-$join-$seed
      if [ -e "$run/done" ]; then continue; fi
      echo "== $signal, $join, seed $seed"
      "$fusionctl" train --config configs/demo/middle.yaml --data "$data" --labels "$labels" --threads 1 \
        --set model.architecture=resnet18 "name=$join" "training.seed=$seed" training.epochs=8 data.workers=1 \
        "${fusion[@]}" --out "$run" --resume --quiet
      "$fusionctl" test "$run" --threads 1 --quiet --predictions "$run/predictions.csv" >"$run/test.txt"
      case $signal-$join in
        unreliable-*gated | unreliable-se)
          for weather in rain dry; do
            "$fusionctl" test "$run" --labels "$labels/$weather" --threads 1 --quiet --json >"$run/$weather.json"
          done
          ;;
      esac
      rm -r "$run/checkpoints"
      touch "$run/done"
    done
  done
done
python3 scripts/study/joins.py tables "$folder" "$seeds" "$joins"
