#!/usr/bin/env bash
# Trains ResNet18 on real images with fusionctl and with PyTorch: 5,400 of EuroSAT RGB, ten classes. Compares the losses of
# the first 50 steps from the same weights, and the test accuracy after full trainings from several seeds.
#
#   scripts/study/eurosat.sh --data IMAGES [--seeds N] [--epochs N] [--fine-epochs N] [--threads N] [FOLDER]
#
# IMAGES has EuroSAT_RGB, a dataset.yaml that describes it, and the lists eurosat-train.txt, -val.txt and -test.txt.
# FOLDER (default: eurosat) gets weights and runs. After an interruption the same command goes on where it was.
#
# Losses: PyTorch draws weights, and fusionctl imports them. Both take the same batches, unchanged, in the same order.
# Rounding errors grow from step to step. So PyTorch runs twice, the second time with the patches of each batch in reverse
# order, which changes nothing but rounding.
#
# Accuracy: --seeds (default: 3) trainings with each program, from random weights of its own. --epochs (default: 10) with
# learning rate 1e-3, then --fine-epochs (default: 5) with 1e-4; flips and turns by the same random numbers; the last
# weights are tested. A linear classifier on mean, deviation and quantiles of the bands is the floor.
#
# FUSIONCTL=PROGRAM takes a built program; otherwise it is built. Needs Python 3 with venv; installs torch, torchvision,
# numpy and Pillow from PyPI into scripts/bench/.venv; see scripts/bench/compare.sh about torch.
set -euo pipefail
folder=eurosat
images=
seeds=3
epochs=10
fine_epochs=5
threads=$(nproc)
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    --data | --seeds | --epochs | --fine-epochs | --threads)
      [ $# -ge 2 ] || { echo "eurosat: $1: expected a value" >&2; exit 64; }
      case $1 in
        --data) images=$(realpath -- "$2") ;;
        --seeds) seeds=$2 ;;
        --epochs) epochs=$2 ;;
        --fine-epochs) fine_epochs=$2 ;;
        --threads) threads=$2 ;;
      esac
      shift ;;
    -*) echo "eurosat: unknown flag $1" >&2; exit 64 ;;
    *) folder=$1 ;;
  esac
  shift
done
[ -n "$images" ] || { echo "eurosat: --data: expected the folder of the images" >&2; exit 64; }
folder=$(realpath -m -- "$folder")
fusionctl=${FUSIONCTL:+$(realpath -- "$FUSIONCTL")}
cd "$(dirname "$0")/../.."

source scripts/bench/peers.sh
require_peers torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 pillow==13.0.0
if [ -z "$fusionctl" ]; then
  swift build -c release --product fusionctl >&2
  fusionctl=$(swift build -c release --show-bin-path)/fusionctl
fi
mkdir -p "$folder/runs"
peer() { "$peer_python" scripts/study/eurosat.py --threads "$threads" "$@"; }

# train RUN FLAG...: trains a run of fusionctl, unless it is done.
train() {
  local run=$1
  shift
  "$fusionctl" train --config own --data "$images" --out "$run" --resume --quiet --threads "$threads" "$@" \
    labels.type=single data.validation=list data.normalisation=computed data.nan=fail
}

# losses RATE: compares the losses of the first steps.
losses() {
  local name=losses-$1
  [ -e "$folder/$name.jsonl" ] || {
    rm -rf "$folder/runs/$name"
    train "$folder/runs/$name" --init-from "$folder/start.h5" --json --epochs 1 --batch-size 32 \
      --set "training.learning_rate=$1" training.seed=1 >"$folder/$name.partial"
    mv "$folder/$name.partial" "$folder/$name.jsonl"
  }
  [ -e "$folder/$name.md" ] || {
    peer losses "$images" "$folder/start.safetensors" "$folder/$name.jsonl" --rate "$1" \
      >"$folder/$name.partial"
    mv "$folder/$name.partial" "$folder/$name.md"
  }
  echo
  echo "Adam with learning rate $1; differences are the largest so far"
  echo
  echo "| step | loss of fusionctl | loss of PyTorch | difference | PyTorch in another order |"
  echo "| ---: | ---: | ---: | ---: | ---: |"
  cat "$folder/$name.md"
}

[ -e "$folder/start.h5" ] || {
  peer weights "$images" "$folder/start.safetensors" --seed 1
  "$fusionctl" import --weights "$folder/start.safetensors" --config own --out "$folder/start.h5" --quiet --force \
    --set "data.manifest=$images/dataset.yaml" labels.type=single
}
losses 3e-6
losses 1e-3

for ((seed = 1; seed <= seeds; seed++)); do
  run=$folder/runs/ours-$seed
  augmentation=(data.flips=true data.rotations=true)
  [ -e "$folder/ours-$seed.json" ] || {
    echo "== fusionctl, seed $seed" >&2
    train "$run" --epochs "$epochs" --batch-size 32 --set "${augmentation[@]}" "training.seed=$seed"
    train "$run-fine" --init-from "$run/checkpoints/last.h5" --epochs "$fine_epochs" --batch-size 32 \
      --set "${augmentation[@]}" training.learning_rate=1e-4 "training.seed=$((100 + seed))"
    "$fusionctl" test "$run-fine/checkpoints/last.h5" --data "$images" --threads "$threads" --json --quiet \
      >"$folder/ours-$seed.partial"
    mv "$folder/ours-$seed.partial" "$folder/ours-$seed.json"
  }
  [ -e "$folder/torch-$seed.json" ] || {
    echo "== PyTorch, seed $seed" >&2
    peer train "$images" "$folder/torch-$seed.json" --seed "$seed" --epochs "$epochs" --fine-epochs "$fine_epochs"
  }
done
echo
peer table "$images" "$folder" --seeds "$seeds"
