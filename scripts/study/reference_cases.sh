#!/usr/bin/env bash
# Compares all reference networks with PyTorch on every kernel path and in every half precision of this processor. The
# test suite compares only ResNet18 on every path, and deeper networks on the fastest path. Takes five minutes on two
# cores.
#
#   swift build --build-tests -c release -Xswiftc -enable-testing
#   scripts/study/reference_cases.sh
#
# Prints how many networks were compared on each path and in each precision, and which did not agree. Exit status: 0 if
# all agree, 1 if one does not agree or was not compared.
set -euo pipefail
cd "$(dirname "$0")/../.."

networks=$(grep -o '"arch":' Tests/Fixtures/models/cases.json | wc -l)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
FUSIONCTL_REFERENCE_CASES=all swift test -c release --skip-build --filter 'ReferenceCaseTests|PrecisionCaseTests' \
  >"$log" 2>&1 || status=$?

# A filter that matches no test passes, so the cases that ran are counted.
counts=$(sed -nE 's/.*Test case passing .* reference → [^,]+, (kernels|precision) → \.(\w+) to .* started.*/\1 \2/p' \
  "$log" | sort | uniq -c)
echo "$counts" | while read -r count kind name; do
  [ -n "$name" ] || continue
  echo "$kind $name: $count of $networks networks"
done
for wanted in 'kernels reference' 'kernels blas' 'precision bf16Emulated'; do
  grep -q "$wanted" <<<"$counts" || { echo "reference_cases: no network was compared: $wanted" >&2; status=1; }
done
awk -v networks="$networks" '$1 != networks { exit 1 }' <<<"$counts" || {
  echo "reference_cases: not all networks were compared" >&2
  status=1
}
grep -E '^✘|recorded an issue' "$log" || true
grep -E '^. Test run with' "$log" || { tail -n 20 "$log"; status=1; }
[ $status -eq 0 ] || exit 1
