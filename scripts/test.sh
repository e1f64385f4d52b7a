#!/usr/bin/env bash
# Sets up, builds in debug, in release and without MPI, all without warnings, and runs all tests.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh

build() {
  local log
  log=$(mktemp)
  echo "== swift build $*"
  swift build "$@" 2>&1 | tee "$log" | grep -vE '^\[[0-9]+/[0-9]+\]' || true
  grep -qE '^Build .*complete' "$log" || { echo "test: the build failed" >&2; exit 1; }
  if grep -E "^$PWD/(Sources|Tests)/.*warning:" "$log"; then
    echo "test: the build has warnings" >&2
    exit 1
  fi
  rm -f "$log"
}

build --build-tests
# Tests look at internals. `swift test` passes the flag itself, `swift build` does not.
build --build-tests -c release -Xswiftc -enable-testing
build --product fusionctl --disable-default-traits --scratch-path .build/without-mpi
.build/without-mpi/debug/fusionctl doctor | grep 'no MPI'
echo "== swift format lint"
swift format lint --strict --recursive Sources Tests Package.swift
echo "== swift test"
events=.build/test_events.jsonl
swift test -c release --skip-build --event-stream-output-path "$events"
if command -v python3 >/dev/null; then scripts/study/slowest_tests.py "$events"; fi
