#!/usr/bin/env bash
# Simulates evaluations in a made-up world, in which the true figures are known. Prints how often 95 % intervals hold the
# true figure, and how often the paired test finds a difference at 5 % where there is none.
#
#   scripts/study/intervals.sh [REPETITIONS]
#
# Scenes have the sizes of SEN12MS's 26 test scenes; fewer scenes have some of these sizes, more have them again. The seeds
# are fixed, so the tables come out the same. 1,000 repetitions (the default; 400 with 100 scenes) take about six minutes on
# one core.
# docs/studies/intervals.md has the results.
set -euo pipefail
cd "$(dirname "$0")/../.."

repetitions=${1:-1000}
swift build -c release --product IntervalStudy 2>&1 | tail -n 1
study=$(swift build -c release --show-bin-path)/IntervalStudy
for clusters in 5 10 26 100; do
  count=$repetitions
  if [ "$clusters" = 100 ]; then count=$((repetitions * 2 / 5)); fi
  "$study" "$clusters" "$count"
  echo
done
echo "Classes gathered in few scenes (evenness 1):"
"$study" 26 "$repetitions" 999 1
