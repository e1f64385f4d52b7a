#!/usr/bin/env bash
# Installs what the build needs and is not there yet (Debian 12; Swift itself must be installed).
set -euo pipefail

packages=(libopenblas-dev libhdf5-dev libgdal-dev libopenmpi-dev openmpi-bin pkg-config)

command -v swift >/dev/null || {
  echo "setup: Swift 6.1 or newer is needed and not on PATH; see https://www.swift.org/install" >&2
  exit 1
}

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

echo "setup: installing ${missing[*]}" >&2
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
