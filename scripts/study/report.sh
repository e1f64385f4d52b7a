#!/usr/bin/env bash
# Renders reports in a browser and checks them.
#
#   scripts/study/report.sh [FOLDER]
#
# FOLDER (default: reports) gets data, runs, reports and pictures. Needs a release build, chromium, xmllint (libxml2-utils),
# Python 3, and one HTML checker: vnu.jar (VNU=/path/to/vnu.jar, with java), else tidy.
#
# Makes reports of a multi-label run (test and validation), of a single-label run, of two runs, and of 18,106 patches. Each is
# rendered 1280 and 390 pixels wide, light and dark, and as PDF. Fails on console messages, content wider than the page, HTML
# and SVG that are not valid, files over 10 MB, and a report of 18,106 patches that takes 10 seconds or more.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:-reports}
fusionctl=${FUSIONCTL:-.build/release/fusionctl}
mkdir -p "$folder"
data=$folder/data
runs=$folder/runs
labels=$data/labels_splits

[ -e "$labels" ] || "$fusionctl" synth --out "$data" --scenes 30 --patches-per-scene 20 --size 32 --seed 1
for run in middle s2 single; do
  [ -e "$runs/$run/predictions/test.csv" ] && continue
  config=middle settings=()
  [ "$run" = s2 ] && config=s2
  [ "$run" = single ] && settings=(--set labels.type=single name=single)
  "$fusionctl" train --config "configs/demo/$config.yaml" "${settings[@]}" --data "$data" --labels "$labels" \
    --out "$runs/$run" --resume --quiet
  "$fusionctl" test "$runs/$run" --quiet >/dev/null
done

python3 scripts/study/report_large.py "$folder/large"
report() {
  local name=$1
  shift
  "$fusionctl" report "$@" --out "$folder/$name.html" --files "$folder/$name" --force --quiet
}
report multi "$runs/middle"
report single "$runs/single"
report two "$runs/middle" "$runs/s2"
report validation "$runs/middle" --split validation --no-images
start=$(date +%s.%N)
report large18106 "$folder/large" --no-images
python3 - "$start" "$(date +%s.%N)" <<'END'
import sys
seconds = float(sys.argv[2]) - float(sys.argv[1])
print(f"18,106 patches: {seconds:.1f} s")
sys.exit(seconds >= 10)
END
python3 scripts/study/report_check.py "$folder"
