#!/usr/bin/env bash
# Runs fusionctl and PyTorch alternately on the same network and batch, and prints both.
#
#   scripts/bench/compare.sh [--config FILE] [--batch-size N] [--size PIXELS] [--threads N]
#                            [--rounds N] [--repeats N] [--only step|eval] [--bf16] [-- FLAG...]
#
# --config may be given several times; without it the network is ResNet101, early fusion, 8 patches of 256 pixels.
# For each figure, each round starts one process of fusionctl and one of PyTorch. --repeats is the number of
# measurements in each process. --bf16 measures both in bfloat16: PyTorch under autocast, fusionctl with --precision
# bf16. Flags after -- are passed to `fusionctl bench`.
#
# Needs what the build needs, and Python 3 with venv; installs torch 2.15.0 and torchvision from PyPI into
# scripts/bench/.venv. A torch for CPUs only is much smaller: offer one with pip's own settings
# (PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS).
set -euo pipefail

configs=()
flags=()
peer_flags=()
rounds=3
repeats=3
modes=(step eval)
while [ $# -gt 0 ]; do
  case $1 in
    --bf16) peer_flags+=(--bf16); flags+=(--precision bf16); shift; continue ;;
    --) shift; flags+=("$@"); break ;;
    -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
  esac
  [ $# -ge 2 ] || { echo "compare: $1: expected a value, or an unknown flag" >&2; exit 64; }
  case $1 in
    --config) configs+=("$(realpath -- "$2")") ;;
    --batch-size | --size | --threads) flags+=("$1" "$2") ;;
    --rounds) rounds=$2 ;;
    --repeats) repeats=$2 ;;
    --only)
      case $2 in
        step | eval) modes=("$2") ;;
        *) echo "compare: --only $2: expected step or eval" >&2; exit 64 ;;
      esac ;;
    *) echo "compare: unknown flag $1" >&2; exit 64 ;;
  esac
  shift 2
done
[ ${#configs[@]} -gt 0 ] || configs=("")
cd "$(dirname "$0")/../.."

source scripts/bench/peers.sh
require_peers torch==2.15.0 torchvision==0.29.2

scripts/setup.sh
swift build -c release --product fusionctl >&2
fusionctl=$(swift build -c release --show-bin-path)/fusionctl
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

for number in "${!configs[@]}"; do
  config=()
  [ -z "${configs[$number]}" ] || config=(--config "${configs[$number]}")
  for ((round = 1; round <= rounds; round++)); do
    for mode in "${modes[@]}"; do
      echo "compare: ${configs[$number]:-default network}, round $round of $rounds, $mode" >&2
      file=$results/$number-$mode-$(printf %03d "$round")
      "$fusionctl" bench "${config[@]}" "${flags[@]}" --only "$mode" --repeats "$repeats" --quiet --json \
        >"$file-ours.json"
      "$peer_python" -W ignore scripts/bench/peer.py "$mode" "$file-ours.json" --repeats "$repeats" \
        "${peer_flags[@]}" >"$file-peer.json"
    done
  done
done
"$peer_python" scripts/bench/table.py "$results"
