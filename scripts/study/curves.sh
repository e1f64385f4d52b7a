#!/usr/bin/env bash
# Trains the same network with each arithmetic from several seeds. Says whether the training losses of different
# arithmetics differ no more than the training losses of different seeds.
#
#   scripts/study/curves.sh [FOLDER] [SEEDS]
#
# FOLDER (default: curves) gets the synthetic data and the runs. After an interruption the same command goes on where
# it was. SEEDS (default: 3) is the number of runs with each of fp32, fp32 with OpenBLAS, and bf16. A run trains
# ResNet101 with early fusion for 12 epochs of 25 steps of 16 patches. Needs Python 3. Without bf16 instructions bf16
# is emulated.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=${1:-curves}
seeds=${2:-3}
data=$folder/data
labels=$data/labels_splits

scripts/setup.sh
swift build -c release --product fusionctl 2>&1 | tail -n 1
fusionctl=$(swift build -c release --show-bin-path)/fusionctl

if [ ! -e "$labels/IGBP_probability_labels.pkl" ]; then
  rm -rf "$data"
  "$fusionctl" synth --out "$data" --scenes 30 --patches-per-scene 20 --size 32 --seed 1 --signal interaction
fi

bf16=bf16
grep -q avx512_bf16 /proc/cpuinfo || bf16=bf16-emulated
for ((seed = 1; seed <= seeds; seed++)); do
  for arithmetic in "fp32 auto" "blas blas" "bf16 auto"; do
    read -r name kernels <<<"$arithmetic"
    precision=fp32
    [ "$name" != bf16 ] || precision=$bf16
    echo "== $name, seed $seed"
    "$fusionctl" train --config configs/demo/early.yaml --data "$data" --labels "$labels" \
      --set "training.seed=$seed" --kernels "$kernels" --precision "$precision" \
      --out "$folder/runs/$name-$seed" --resume --quiet
  done
done
python3 scripts/study/curves.py "$folder/runs" "$seeds"
