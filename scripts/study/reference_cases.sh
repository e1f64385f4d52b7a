#!/usr/bin/env bash
# Compares all reference networks with PyTorch on every kernel path and in every half precision of this processor. The
# test suite does so for ResNet18 alone; deeper networks run there on the fastest path only. A quarter of an hour on
# two cores.
#
#   swift build --build-tests -c release -Xswiftc -enable-testing
#   scripts/study/reference_cases.sh
#
# Prints how many cases there were of each path and precision, then those that failed. Exit status: 0 all agree, 1 some
# do not, or none was found.
set -euo pipefail
cd "$(dirname "$0")/../.."

networks=$(grep -c '"arch":' Tests/Fixtures/models/cases.json || true)
if [ "$networks" -le 1 ]; then networks=$(grep -o '"arch":' Tests/Fixtures/models/cases.json | wc -l); fi
events=$(mktemp)
log=$(mktemp)
trap 'rm -f "$events" "$log"' EXIT
status=0
FUSIONCTL_REFERENCE_CASES=all swift test -c release --skip-build --filter 'ReferenceCaseTests|PrecisionCaseTests' \
  --event-stream-output-path "$events" >"$log" 2>&1 || status=$?
python3 scripts/study/reference_cases.py "$events" "$networks" || status=1
if [ $status -ne 0 ]; then
  grep -E '^✘' "$log" || tail -n 20 "$log"
  exit 1
fi
