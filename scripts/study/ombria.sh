#!/usr/bin/env bash
# Compares Sentinel-1, Sentinel-2 and three ways to fuse them on real images: the flood pairs of OMBRIA. Five folds, so
# that every pair is tested once, by networks that were not trained on it.
#
#   scripts/study/ombria.sh --data IMAGES [--epochs N] [--fine-epochs N] [--threads N]
#                           [--only FOLD] [FOLDER]
#
# IMAGES is a clone of github.com/geodrak/OMBRIA, with OmbriaS1 and OmbriaS2. Its 694 pairs of the parts train and test are
# used. FOLDER (default: ombria) gets manifests, runs and predictions. After an interruption the same command goes on where
# it was. A pair is flooded if at least a quarter of its mask is. --only trains one fold (0 to 4) and prints no table, so that
# several processes can share the work.
#
# In each fold ResNet18 is trained from random weights on crops of 128 pixels for S1, S2, early and middle fusion: --epochs
# (default: 7) with learning rate 1e-3, then --fine-epochs (default: 3) with 1e-4. The last weights are tested, once on the
# whole pair and once on its centre crop. Late fusion averages the logits of the S1 and the S2 network of a fold. That is
# what `model.fusion: late` trains, too: one loss for each network.
#
# FUSIONCTL=PROGRAM takes a built program; otherwise it is built. Needs Python 3 with venv; installs numpy and Pillow from
# PyPI into scripts/bench/.venv. Takes about 50 minutes on two cores.
set -euo pipefail
folder=ombria
images=
epochs=7
fine_epochs=3
threads=$(nproc)
folds=5
first=0
last=$((folds - 1))
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    --data | --epochs | --fine-epochs | --threads | --only)
      [ $# -ge 2 ] || { echo "ombria: $1: expected a value" >&2; exit 64; }
      case $1 in
        --data) images=$(realpath -- "$2") ;;
        --epochs) epochs=$2 ;;
        --fine-epochs) fine_epochs=$2 ;;
        --threads) threads=$2 ;;
        --only) first=$2 last=$2 ;;
      esac
      shift ;;
    -*) echo "ombria: unknown flag $1" >&2; exit 64 ;;
    *) folder=$1 ;;
  esac
  shift
done
[ -n "$images" ] || { echo "ombria: --data: expected the folder of the images" >&2; exit 64; }
folder=$(realpath -m -- "$folder")
fusionctl=${FUSIONCTL:+$(realpath -- "$FUSIONCTL")}
cd "$(dirname "$0")/../.."

source scripts/bench/peers.sh
require_peers numpy==2.4.6 pillow==13.0.0
if [ -z "$fusionctl" ]; then
  swift build -c release --product fusionctl >&2
  fusionctl=$(swift build -c release --show-bin-path)/fusionctl
fi
mkdir -p "$folder/runs" "$folder/predictions"
"$peer_python" scripts/study/ombria.py folds "$images" "$folder" --folds "$folds"

# train RUN FOLD SEED EPOCHS RATE FLAG...: trains a run, unless it is done.
train() {
  local run=$1 fold=$2 seed=$3 epochs=$4 rate=$5
  shift 5
  "$fusionctl" train --config own --data "$folder/data" --out "$run" --resume --quiet --threads "$threads" \
    --batch-size 16 --epochs "$epochs" "$@" "data.manifest=$folder/fold-$fold.yaml" labels.type=single \
    data.normalisation=computed data.validation_fraction=0.05 data.patch_size=128 data.flips=true data.rotations=true \
    data.nan=fail "training.learning_rate=$rate" "training.seed=$seed"
}

# predict NAME FLAG...: writes predictions/NAME.csv.
predict() {
  local name=$1
  shift
  "$fusionctl" test "$@" --data "$folder/data" --set "data.manifest=$folder/fold-$fold.yaml" --threads "$threads" --quiet \
    --force --predictions "$folder/predictions/$name.csv" >"$folder/predictions/$name.txt"
}

for ((fold = first; fold <= last; fold++)); do
  for experiment in "s2 none s2" "s1 none s1" "early early s2,s1" "middle middle s2,s1"; do
    read -r name fusion sensors <<<"$experiment"
    run=$folder/runs/$name-$fold
    [ ! -e "$folder/predictions/$name-$fold.csv" ] || continue
    echo "== $name, fold $fold" >&2
    network=("model.fusion=$fusion" "model.sensors=$sensors")
    train "$run" "$fold" "$fold" "$epochs" 1e-3 --set "${network[@]}"
    train "$run-fine" "$fold" "10$fold" "$fine_epochs" 1e-4 --init-from "$run/checkpoints/last.h5" --set "${network[@]}"
    # A checkpoint keeps its crop. Exported and imported without a crop, it takes whole pairs.
    "$fusionctl" export "$run-fine/checkpoints/last.h5" --out "$run.safetensors" --quiet --force
    "$fusionctl" import --weights "$run.safetensors" --set data.patch_size=null --out "$run.h5" --quiet --force
    predict "$name-$fold-crop" "$run-fine/checkpoints/last.h5"
    predict "$name-$fold" "$run.h5"
  done
  [ -e "$folder/predictions/late-$fold.csv" ] || {
    predict "late-$fold-crop" --checkpoints "$folder"/runs/s{2,1}-"$fold"-fine/checkpoints/last.h5
    predict "late-$fold" --checkpoints "$folder"/runs/s{2,1}-"$fold".h5
  }
done
[ "$first" = "$last" ] || "$peer_python" scripts/study/ombria.py table "$folder" --folds "$folds"
