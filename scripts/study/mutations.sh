#!/usr/bin/env bash
# Damages files of every kind that the program reads, reads them, and prints how the reading ended.
#
#   scripts/study/mutations.sh [CASES] [THROUGH_PROGRAM] [FOLDER] [KIND…]
#
# MutationProbe reads CASES files of each kind (default: 3000). fusionctl itself reads THROUGH_PROGRAM files of each
# kind (default: 100). FOLDER (default: mutations) gets the sound files, a line for each case, and the changed files
# that were accepted. Readers of other programs check those. Needs Python 3, and at the first time the network, for the
# packages of these readers. Exits with 1 if a case ended in a crash or another fault.
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
