#!/usr/bin/env bash
# Measures how fast patches of SEN12MS become normalised batches: from files, from a pack, from a compressed pack, and with
# a PyTorch loader from the files. Prints tables, and the sizes that follow for whole data sets.
#
#   scripts/study/pack_speed.sh [--patches DIR] [--count N] [--rounds N] [--cores LIST] [FOLDER]
#
# The files have SEN12MS's layout: 256×256 pixels, 13 bands of 16-bit integers and two bands of floats. They are rolled,
# turned and mirrored variants of the patches in DIR, which may hold one season of the data set or some patches of it.
# Without DIR synthetic patches are taken; these compress otherwise than real ones. --count (default: 500) patches are
# read by one thread and by two, in --rounds (default: 5) rounds. --cores names the cores on which all may run, as for
# taskset. FOLDER (default: pack_speed) gets data and results, and must be new.
# In each round every reader starts once for each number of threads. Its files are dropped from the cache, so its first
# pass is cold, and further passes are warm. "Verified" compares checksums in every pass, as a run does in its first one.
#
# FUSIONCTL=PROGRAM takes a built program; otherwise it is built. Needs Python 3 with venv; PyTorch, NumPy and rasterio
# come from PyPI, as in scripts/bench.
set -euo pipefail

count=500
rounds=5
patches=
pin=()
folder=pack_speed
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    --patches | --count | --rounds | --cores)
      [ $# -ge 2 ] || { echo "pack_speed: $1: expected a value" >&2; exit 64; } ;;
  esac
  case $1 in
    --patches) patches=$(realpath -- "$2"); shift ;;
    --count) count=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --cores) pin=(taskset -c "$2"); shift ;;
    -*) echo "pack_speed: unknown flag $1" >&2; exit 64 ;;
    *) folder=$1 ;;
  esac
  shift
done
folder=$(realpath -m -- "$folder")
fusionctl=${FUSIONCTL:+$(realpath -- "$FUSIONCTL")}
cd "$(dirname "$0")/../.."
[ ! -e "$folder" ] || { echo "pack_speed: $folder is there already" >&2; exit 64; }

source scripts/bench/peers.sh
require_peers torch==2.15.0 rasterio==1.4.4
if [ -z "$fusionctl" ]; then
  swift build -c release --product fusionctl >&2
  fusionctl=$(swift build -c release --show-bin-path)/fusionctl
fi
python() { "$peer_python" -W ignore "$@"; }

mkdir -p "$folder/results"
data=$folder/tree
if [ -z "$patches" ]; then
  patches=$folder/synthetic
  "$fusionctl" synth --out "$patches" --scenes 3 --patches-per-scene 1 --quiet
fi
python scripts/study/pack_speed.py make "$patches" "$data" "$count"
labels=$data/lists
for codec in none zstd; do
  "$fusionctl" pack --data "$data" --labels "$labels" --out "$folder/$codec" --codec "$codec" --quiet
  "$fusionctl" pack --data "$data" --labels "$labels" --out "$folder/$codec-used" --codec "$codec" --config early \
    --bands used --quiet
done
"$fusionctl" pack --verify "$folder/none" --against "$data" --labels "$labels" --quiet

# Reads the files of one reader: its name, threads, data and more flags.
read_ours() {
  local name=$1 threads=$2 source=$3 file
  file=$folder/results/$(printf %03d "$round")-$threads-$name.json
  python scripts/study/pack_speed.py drop "$source"
  "${pin[@]}" "$fusionctl" bench --only data --data "$source" --batch-size 8 --repeats 3 --quiet --json \
    --set data.validation=list data.workers="$threads" "${@:4}" >"$file"
}

for ((round = 1; round <= rounds; round++)); do
  echo "pack_speed: round $round of $rounds" >&2
  for threads in 1 2; do
    read_ours tree "$threads" "$data" --labels "$labels"
    read_ours none "$threads" "$folder/none"
    read_ours none-verified "$threads" "$folder/none" data.verify=always
    read_ours none-used "$threads" "$folder/none-used"
    read_ours zstd "$threads" "$folder/zstd"
    read_ours zstd-used "$threads" "$folder/zstd-used"
    python scripts/study/pack_speed.py drop "$folder/none"
    "${pin[@]}" "$peer_python" scripts/study/pack_speed.py read "$folder/none" "$count" "$threads" \
      >"$folder/results/$(printf %03d "$round")-$threads-pread.json"
    python scripts/study/pack_speed.py drop "$data"
    "${pin[@]}" "$peer_python" -W ignore scripts/bench/loader_peer.py "$data" "$labels" \
      "$folder/results/$(printf %03d "$round")-$threads-tree.json" --reads "$count" --repeats 3 \
      >"$folder/results/$(printf %03d "$round")-$threads-peer.json"
  done
done
python scripts/study/pack_speed.py table "$folder/results"
python scripts/study/pack_sizes.py "$fusionctl" "$folder" "$patches"
