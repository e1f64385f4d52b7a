#!/usr/bin/env bash
# Trains ResNet18 in PyTorch, goes on in fusionctl from the .pth file with a frozen stem, and compares the tensors.
#
#   scripts/study/fine_tune.sh [FOLDER]
#
# The data are the synthetic sample, Sentinel-2 alone. PyTorch saves the weights with torch.save. fusionctl takes them with
# --init-from, and trains two epochs with training.freeze=stem. Then the weights and running statistics of the stem must have
# the bits of PyTorch's, and every other tensor must have changed. FOLDER (default: fine_tune) must be new.
#
# FUSIONCTL=PROGRAM takes a built program; otherwise it is built. Needs Python 3 with venv; see scripts/bench/compare.sh.
set -euo pipefail
case ${1:-} in
  -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
esac
folder=$(realpath -m -- "${1:-fine_tune}")
fusionctl=${FUSIONCTL:+$(realpath -- "$FUSIONCTL")}
cd "$(dirname "$0")/../.."
[ ! -e "$folder" ] || { echo "fine_tune: $folder is there already" >&2; exit 64; }

source scripts/bench/peers.sh
require_peers torch==2.15.0 torchvision==0.29.2 numpy==2.4.6 rasterio==1.4.4 pillow==13.0.0
if [ -z "$fusionctl" ]; then
  swift build -c release --product fusionctl >&2
  fusionctl=$(swift build -c release --show-bin-path)/fusionctl
fi
data=$folder/sample
weights=$folder/resnet18.pth
"$fusionctl" synth --out "$data" --scenes 5 --patches-per-scene 8 --size 64 --quiet
"$peer_python" scripts/study/fine_tune.py pretrain "$data" "$weights"
"$fusionctl" train --config s2 --data "$data" --labels "$data/labels_splits" --out "$folder/run" --quiet --epochs 2 \
  --init-from "$weights" --bands toolbox --set model.architecture=resnet18 training.freeze=stem training.batch_size=8
"$fusionctl" export "$folder/run/checkpoints/last.h5" --out "$folder/tuned.safetensors" --quiet
"$peer_python" scripts/study/fine_tune.py compare "$weights" "$folder/tuned.safetensors"
