#!/usr/bin/env bash
# Compares networks of the reference set on the GPU engine, whose libraries are simulated, with PyTorch in float64: every
# ResNet18, a ResNet50 and a DFNN1, in evaluation and training. Also compares the losses of 50 steps of a thin network with
# the CPU's in float32: the largest difference of a loss, and the difference of the means. The CPU's own bfloat16 has a
# row of its own.
#
#   swift build --build-tests -c release -Xswiftc -enable-testing
#   scripts/study/gpu_parity.sh [PRECISION...]
#
# Without a precision all precisions of the engine are compared. CONFIGURATION=debug takes the programs of a debug build.
# Prints the largest relative errors by precision. Exit status: 0 if all networks agree, 1 if one does not agree or none
# was compared.
set -euo pipefail
cd "$(dirname "$0")/../.."

precisions=$(IFS=,; echo "$*")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
start=$SECONDS
FUSIONCTL_GPU_PARITY=${precisions:-all} swift test -c "${CONFIGURATION:-release}" --skip-build \
  --filter 'SimulatedCaseTests|SimulatedLossTests' >"$log" 2>&1 || status=$?

# Lines "error|precision|network|quantity|error" become a row for each precision.
awk -F '|' '
  BEGIN {
    split("evaluation|training logits|first loss|losses 2 to 5|running statistics|gradient norms|median gradient norm|parameters|50 losses|mean of 50", columns, "|")
    printf "| precision | networks |"
    for (i = 1; i in columns; i++) printf " %s |", columns[i]
    printf "\n| --- | --- |"
    for (i = 1; i in columns; i++) printf " --- |"
    printf "\n"
  }
  $1 == "error" {
    if (!($2 in known)) { known[$2] = 1; order[++rows] = $2 }
    if ($3 != "thin" && !(($2, $3) in seen)) { seen[$2, $3] = 1; networks[$2]++ }
    if (!(($2, $4) in largest) || $5 + 0 > largest[$2, $4]) largest[$2, $4] = $5 + 0
  }
  END {
    for (row = 1; row <= rows; row++) {
      precision = order[row]
      printf "| %s | %d |", precision, networks[precision]
      for (i = 1; i in columns; i++)
        if ((precision, columns[i]) in largest) printf " %.1e |", largest[precision, columns[i]]
        else printf " |"
      printf "\n"
    }
    exit rows == 0
  }' "$log" || { echo "gpu_parity: no network was compared" >&2; status=1; }
echo
grep -E '^✘|recorded an issue' "$log" || true
grep -E '^. Test run with' "$log" || { tail -n 20 "$log"; status=1; }
echo "$((SECONDS - start)) seconds"
[ $status -eq 0 ] || exit 1
