#!/usr/bin/env bash
# Runs the data pipeline of fusionctl and a PyTorch loader alternately on the same files, and prints both.
#
#   scripts/bench/loader.sh [--batch-size N] [--workers N] [--cores LIST] [--rounds N] [--repeats N]
#                           [--data DIR --labels DIR]
#
# Without --data the files are a synthetic sample of 120 patches of 256×256 pixels, stored as the originals are:
# uncompressed, Sentinel-2 as 13 bands of 16-bit integers, Sentinel-1 as two bands of floats. All patches of the
# training list are read. --workers (default: 2) is the number of threads of fusionctl, and of processes of PyTorch's
# DataLoader. --cores names the cores on which both may run, as for taskset. Each round starts one process of each.
#
# Needs what the build needs, and Python 3 with venv; see compare.sh about torch. rasterio comes from PyPI too.
set -euo pipefail

batch_size=8
workers=2
rounds=3
repeats=3
data=
labels=
pin=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
  esac
  [ $# -ge 2 ] || { echo "loader: $1: expected a value, or an unknown flag" >&2; exit 64; }
  case $1 in
    --batch-size) batch_size=$2 ;;
    --workers) workers=$2 ;;
    --cores) pin=(taskset -c "$2") ;;
    --rounds) rounds=$2 ;;
    --repeats) repeats=$2 ;;
    --data) data=$(realpath -- "$2") ;;
    --labels) labels=$(realpath -- "$2") ;;
    *) echo "loader: unknown flag $1" >&2; exit 64 ;;
  esac
  shift 2
done
[ -n "$data" ] && [ -n "$labels" ] || [ -z "$data$labels" ] || {
  echo "loader: --data and --labels belong together" >&2
  exit 64
}
cd "$(dirname "$0")/../.."

source scripts/bench/peers.sh
require_peers torch==2.15.0 rasterio==1.4.4
scripts/setup.sh
swift build -c release --product fusionctl >&2
fusionctl=$(swift build -c release --show-bin-path)/fusionctl
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

if [ -z "$data" ]; then
  data=$results/sample
  labels=$data/labels_splits
  "$fusionctl" synth --out "$data" --scenes 5 --patches-per-scene 24 --quiet
fi
for ((round = 1; round <= rounds; round++)); do
  echo "loader: round $round of $rounds" >&2
  file=$results/$(printf %03d "$round")
  "${pin[@]}" "$fusionctl" bench --only data --data "$data" --labels "$labels" --batch-size "$batch_size" \
    --set data.validation=list --set data.workers="$workers" --repeats "$repeats" --quiet --json \
    >"$file-ours.json"
  "${pin[@]}" "$peer_python" -W ignore scripts/bench/loader_peer.py "$data" "$labels" "$file-ours.json" \
    --repeats "$repeats" >"$file-peer.json"
done
"$peer_python" scripts/bench/loader_table.py "$results"
