#!/usr/bin/env bash
# Writes docs/gpu/kernels.md and docs/gpu/planning.md: what NVIDIA's own compiler and cuDNN say of the kernels and of the
# convolutions of configs/*.yaml. It needs no GPU. The same checks run with the test suite where the variables of
# libraries.sh are set.
#
#   swift build --build-tests
#   scripts/gpu/tables.sh FOLDER
#
# FOLDER has the libraries, or gets them: see libraries.sh.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: scripts/gpu/tables.sh FOLDER" >&2; exit 64; }
libraries=$("$(dirname "$0")/libraries.sh" "$1")
cd "$(dirname "$0")/../.."
while read -r variable; do export "${variable?}"; done <<<"$libraries"
export FUSIONCTL_KERNEL_TABLE=$PWD/docs/gpu/kernels.md FUSIONCTL_PLANNING_TABLE=$PWD/docs/gpu/planning.md
rm -f "$FUSIONCTL_KERNEL_TABLE" "$FUSIONCTL_PLANNING_TABLE"
swift test --skip-build --filter 'KernelCompilationTests|ConvolutionPlanningTests'
ls -l "$FUSIONCTL_KERNEL_TABLE" "$FUSIONCTL_PLANNING_TABLE"
