#!/usr/bin/env bash
# Sets up, builds in debug and release without warnings, and runs all tests.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh

build() {
  local log
  log=$(mktemp)
  echo "== swift build --build-tests $*"
  swift build --build-tests "$@" 2>&1 | tee "$log" | grep -vE '^\[[0-9]+/[0-9]+\]' || true
  grep -q 'Build complete' "$log" || { echo "test: the build failed" >&2; exit 1; }
  if grep -E "^$PWD/(Sources|Tests)/.*warning:" "$log"; then
    echo "test: the build has warnings" >&2
    exit 1
  fi
  rm -f "$log"
}

build
build -c release
echo "== swift format lint"
swift format lint --strict --recursive Sources Tests Package.swift
echo "== swift test"
swift test -c release --skip-build
