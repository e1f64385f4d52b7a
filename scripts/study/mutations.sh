#!/usr/bin/env bash
# Damages files of every kind that comes from outside, reads them, and prints what came of it.
#
#   scripts/study/mutations.sh [CASES] [THROUGH_PROGRAM] [FOLDER] [KIND…]
#
# CASES (default: 3000) of each kind are read in one process after the other, THROUGH_PROGRAM (default: 100) of each
# kind by fusionctl itself. FOLDER (default: mutations) gets the sound files, a line for each case, and the changed
# files that were accepted; second readers look at those. Needs Python 3, and the network for their packages at the
# first time. Exits with 1 if any case ended as none may.
set -euo pipefail
cd "$(dirname "$0")/../.."

cases=${1:-3000}
through=${2:-100}
folder=$(realpath -m "${3:-mutations}")
kinds=("${@:4}")
[ ${#kinds[@]} -gt 0 ] || kinds=(tiff labels list safetensors checkpoint configuration)

if [ ! -x scripts/study/.venv/bin/python ]; then
  python3 -m venv scripts/study/.venv
  scripts/study/.venv/bin/pip --quiet install numpy rasterio safetensors PyYAML h5py
fi
for product in MutationProbe fusionctl; do swift build -c release --product "$product" 2>&1 | tail -n 1; done
built=$(swift build -c release --show-bin-path)

mkdir -p "$folder"
[ -d "$folder/bases" ] || "$built/MutationProbe" bases "$folder/bases"
scripts/study/.venv/bin/python scripts/study/mutations.py "$built" "$folder" "$cases" "$through" "${kinds[@]}"
