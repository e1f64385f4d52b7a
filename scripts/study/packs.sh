#!/usr/bin/env bash
# Disturbs packs in every way that is known to happen, and says whether anything was lost or went unnoticed. One line a
# part, with its counts.
#
#   scripts/study/packs.sh [--kills N] [--flips N] [--parts LIST] [--seed N] [FOLDER]
#
# FOLDER (default: packs) gets synthetic data, packs and runs, and must be new. --parts names some of the parts:
#   kills    --kills (default: 50) times a writer, or three that share a pack, is killed at a random moment; the pack is
#            completed and has the bytes of an undisturbed one
#   flips    --flips (default: 2000) times a byte of a pack is changed; `pack --verify` finds it, and so does a command that
#            reads the patches
#   faults   full disk, limit of file sizes, folders without permission, shards that vanish, two writers at once
#   runs     trainings from the folder and from its packs, on one rank and on two, have the same weights and metrics
#   staged   the same with shards copied to a local disk, and two jobs that copy at once
# FUSIONCTL=PROGRAM takes a built program; otherwise it is built. Needs Python 3, mpirun for two ranks, and root for small
# file systems in memory (mount) and another user (setpriv). Exits with 1 at the first thing that is not as it should be.
set -euo pipefail
folder=packs
flags=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
    --kills | --flips | --parts | --seed)
      [ $# -ge 2 ] || { echo "packs: $1: expected a value" >&2; exit 64; }
      flags+=("$1" "$2")
      shift ;;
    -*) echo "packs: unknown flag $1" >&2; exit 64 ;;
    *) folder=$1 ;;
  esac
  shift
done
folder=$(realpath -m -- "$folder")
program=${FUSIONCTL:+$(realpath -- "$FUSIONCTL")}
cd "$(dirname "$0")/../.."

[ ! -e "$folder" ] || { echo "packs: $folder is there already" >&2; exit 64; }
if [ -z "$program" ]; then
  swift build -c release --product fusionctl >&2
  program=$(swift build -c release --show-bin-path)/fusionctl
fi
mkdir -p "$folder"
exec python3 scripts/study/packs.py "$program" "$folder" "${flags[@]}"
