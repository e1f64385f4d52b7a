#!/usr/bin/env bash
# Installs what the build needs, builds in debug, in release and without MPI, refuses warnings, and runs all tests.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh
# Two scripts that run here are in Python.
if ! command -v python3 >/dev/null; then
  as_root=
  [ "$(id -u)" -eq 0 ] || as_root="sudo -n"
  $as_root apt-get install -y -qq --no-install-recommends python3 ||
    { echo "test: python3 is missing; on Debian: apt-get install python3" >&2; exit 1; }
fi

build() {
  local log
  log=$(mktemp)
  echo "== swift build $*"
  swift build "$@" 2>&1 | tee "$log" | grep -vE '^\[[0-9]+/[0-9]+\]' || true
  grep -qE '^Build .*complete' "$log" || { echo "test: the build failed" >&2; exit 1; }
  if grep -E "^$PWD/(Sources|Tests|Examples)/.*warning:" "$log"; then
    echo "test: the build has warnings" >&2
    exit 1
  fi
  rm -f "$log"
}

echo "== scripts/house.py"
scripts/house.py
build --build-tests
# Tests use internal declarations. `swift test` passes the flag for that itself, `swift build` does not.
build --build-tests -c release -Xswiftc -enable-testing
build --product fusionctl --disable-default-traits --scratch-path .build/without-mpi
.build/without-mpi/debug/fusionctl doctor | grep 'no MPI'
echo "== swift format lint"
swift format lint --strict --recursive Sources Tests Examples Package.swift
# NVIDIA's own compiler checks the kernels without a GPU. It is kept between runs, and its absence is no fault.
if [ -z "${FUSIONCTL_NVRTC:-}" ]; then
  echo "== scripts/gpu/libraries.sh"
  if nvrtc=$(timeout 120 scripts/gpu/libraries.sh "${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/fusionctl/gpu-libraries" nvrtc); then
    export "${nvrtc?}"
  else
    echo "skipped: kernels by NVIDIA's compiler, which cannot be got in two minutes; FUSIONCTL_NVRTC can name it"
  fi
fi
echo "== swift test"
events=.build/test_events.jsonl
rm -f "$events"
if ! swift test -c release --skip-build --event-stream-output-path "$events"; then
  scripts/study/failed_tests.py "$events" >&2
  echo "test: tests failed (above, with their messages)" >&2
  exit 1
fi
scripts/study/slowest_tests.py "$events"
echo "test: all tests passed, $(grep -c '"kind":"testSkipped"' "$events" || true) were skipped (the reasons are above)"
