#!/usr/bin/env bash
# Looks for what the build needs: Swift, and with pkg-config OpenBLAS, GDAL, HDF5, OpenSSL, zstd, zlib, cairo and OpenMPI.
# Installs missing packages where apt-get may be used. Otherwise lists everything that is missing with how to get it, and
# exits with 1.
#
#   scripts/setup.sh [--without-mpi]     without OpenMPI: for a build with --disable-default-traits
#   scripts/setup.sh --hdf5-pc FOLDER    writes FOLDER/hdf5.pc for the HDF5 of the h5cc on PATH
#
# See docs/install.md.
set -euo pipefail

without_mpi=
pc_folder=
while [ $# -gt 0 ]; do
  case $1 in
    --without-mpi) without_mpi=1 ;;
    --hdf5-pc)
      [ $# -gt 1 ] || { echo "setup: --hdf5-pc needs a folder" >&2; exit 64; }
      pc_folder=$2
      shift
      ;;
    -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$0" | sed '/^set /d'; exit 0 ;;
    *) echo "setup: '$1' is unknown; see $0 --help" >&2; exit 64 ;;
  esac
  shift
done

# Prints the prefix of the HDF5 to which h5cc belongs, if header and library lie where `make install` puts them.
hdf5_prefix() {
  local program prefix
  program=$(command -v h5cc) || return 1
  prefix=$(cd "$(dirname "$program")/.." && pwd -P)
  [ -e "$prefix/include/hdf5.h" ] && [ -n "$(hdf5_libraries "$prefix")" ] || return 1
  echo "$prefix"
}

hdf5_libraries() {
  local folder
  for folder in "$1/lib" "$1/lib64"; do
    if [ -e "$folder/libhdf5.so" ]; then echo "$folder"; return; fi
  done
}

# Writes a .pc file for HDF5. An HDF5 that was built with its configure script has none.
write_hdf5_pc() {
  local prefix version
  prefix=$(hdf5_prefix) || {
    echo "setup: h5cc is not on PATH, or not in a folder bin beside include/hdf5.h and lib/libhdf5.so" >&2
    exit 1
  }
  version=$(sed -nE 's/^#define H5_VERS_(MAJOR|MINOR|RELEASE)[[:space:]]+([0-9]+).*/\2/p' \
    "$prefix/include/H5public.h" | paste -sd .)
  mkdir -p "$1"
  cat >"$1/hdf5.pc" <<END
Name: HDF5
Description: Hierarchical Data Format 5
Version: $version
Cflags: -I$prefix/include
Libs: -L$(hdf5_libraries "$prefix") -lhdf5
END
  echo "setup: wrote $1/hdf5.pc for HDF5 $version in $prefix; now: export PKG_CONFIG_PATH=$(cd "$1" && pwd)\${PKG_CONFIG_PATH:+:\$PKG_CONFIG_PATH}"
}

[ -z "$pc_folder" ] || { write_hdf5_pc "$pc_folder"; exit 0; }

# Everything missing: the Debian packages, and one line each that says what was looked for and how to get it.
packages=()
missing=()
miss() {
  missing+=("$1")
  shift
  packages+=("$@")
}

swift_help="https://www.swift.org/install; without root: swiftly or the tar file, into \$HOME (docs/install.md)"

look_for_swift() {
  local program said version
  program=$(command -v swift) || { miss "Swift: no swift on PATH; 6.1 or newer is needed: $swift_help"; return; }
  if ! said=$(swift --version 2>&1); then
    miss "Swift: $program does not start ($(head -n 1 <<<"$said")); take the toolchain made for this system: $swift_help"
    return
  fi
  version=$(sed -nE 's/.*Swift version ([0-9]+\.[0-9]+).*/\1/p' <<<"$said" | head -n 1)
  if [ -z "$version" ]; then
    miss "Swift: $program is not Swift's compiler, by what its --version says: $swift_help"
  elif ! at_least "$version" 6.1; then
    miss "Swift: $program is version $version; 6.1 or newer is needed: $swift_help"
  fi
}

# at_least VERSION LEAST: whether VERSION (MAJOR.MINOR) is LEAST or newer.
at_least() {
  [ "${1%%.*}" -gt "${2%%.*}" ] || { [ "${1%%.*}" -eq "${2%%.*}" ] && [ "${1#*.}" -ge "${2#*.}" ]; }
}

# look_for NAME LEAST MODULE PACKAGE… [-- WORDS]: looks for version LEAST or newer of a library. NAME is its name for
# pkg-config, as in Package.swift. WORDS are added to the message if the library is missing.
look_for() {
  local name=$1 least=$2 module=$3 found words=
  shift 3
  local of_debian=()
  while [ $# -gt 0 ] && [ "$1" != -- ]; do of_debian+=("$1"); shift; done
  [ $# -eq 0 ] || words=$2
  pkg-config --exists "$name >= $least" && return
  if found=$(pkg-config --modversion "$name" 2>/dev/null); then
    found="version $found found, $least or newer is needed"
  elif found=$(pkg-config --print-errors --exists "$name" 2>&1 | grep 'required by'); then
    found="$name.pc cannot be used (${found//$'\n'/; })"
  else
    found="no $name.pc found"
  fi
  miss "$name: $found; load a module (module load $module) or set PKG_CONFIG_PATH; on Debian: apt-get install ${of_debian[*]}$words" \
    "${of_debian[@]}"
}

look_for_libraries() {
  local h5cc= other=
  if ! command -v pkg-config >/dev/null; then
    miss "pkg-config: not on PATH, so no library can be looked for; load a module (module load pkgconf); on Debian: apt-get install pkg-config" \
      pkg-config libopenblas-dev libgdal-dev libhdf5-dev libssl-dev libzstd-dev zlib1g-dev libcairo2-dev
    [ -n "$without_mpi" ] || packages+=(libopenmpi-dev openmpi-bin)
    return
  fi
  look_for openblas 0.3 OpenBLAS libopenblas-dev
  look_for gdal 3.0 GDAL libgdal-dev
  if h5cc=$(hdf5_prefix); then h5cc="; or for $h5cc: scripts/setup.sh --hdf5-pc FOLDER"; fi
  look_for hdf5 1.10.2 HDF5 libhdf5-dev -- "$h5cc"
  look_for libcrypto 1.1.1 OpenSSL libssl-dev
  look_for libzstd 1.4 zstd libzstd-dev
  look_for zlib 1.2.9 zlib zlib1g-dev
  look_for cairo 1.14 cairo libcairo2-dev
  [ -n "$without_mpi" ] && return
  if pkg-config --exists mpich; then other="; MPICH, which is there, does not do"; fi
  look_for ompi-c 4.0 OpenMPI libopenmpi-dev openmpi-bin -- \
    "$other; or do without: --without-mpi (no runs on several nodes)"
  if pkg-config --exists ompi-c && ! command -v mpirun >/dev/null; then
    miss "mpirun: not on PATH; load a module (module load OpenMPI); on Debian: apt-get install openmpi-bin" openmpi-bin
  fi
}

# Prints the command that runs apt-get as root: nothing for root itself, sudo if it asks for no password. Else fails.
root_command() {
  command -v apt-get >/dev/null || return 1
  [ "$(id -u)" -ne 0 ] || return 0
  command -v sudo >/dev/null && sudo -n true 2>/dev/null && echo sudo
}

look() {
  packages=()
  missing=()
  look_for_swift
  look_for_libraries
}

look
[ ${#missing[@]} -gt 0 ] || exit 0
as_root=
if [ ${#packages[@]} -gt 0 ] && as_root=$(root_command); then
  echo "setup: installing ${packages[*]}" >&2
  { $as_root apt-get update -qq &&
    $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >&2 || echo "setup: apt-get failed" >&2
  look
fi
[ ${#missing[@]} -gt 0 ] || exit 0
echo "setup: the build needs what is not there:" >&2
printf '  %s\n' "${missing[@]}" >&2
if [ ${#packages[@]} -gt 0 ] && command -v apt-get >/dev/null; then
  echo "  all at once, with root: sudo apt-get install ${packages[*]}" >&2
fi
exit 1
