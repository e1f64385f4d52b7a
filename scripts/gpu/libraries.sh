#!/usr/bin/env bash
# Gets NVIDIA's libraries with pip, for checks on a machine without a GPU: the run-time compiler NVRTC 12.9 and cuDNN 9.10.2,
# the last versions for GPUs from P100 on. They are not part of fusionctl and are never shipped with it.
#
#   scripts/gpu/libraries.sh FOLDER [nvrtc] [cudnn]
#
# Without names both are got: 0.2 and 1.8 GB of files, which lie in FOLDER/lib. A second call downloads nothing. Prints the
# variables by which tests find them:
#
#   FUSIONCTL_NVRTC=FOLDER/lib/libnvrtc.so.12
#   FUSIONCTL_CUDNN=FOLDER/lib/libcudnn.so.9
set -euo pipefail

[ $# -ge 1 ] || { echo "usage: scripts/gpu/libraries.sh FOLDER [nvrtc] [cudnn]" >&2; exit 64; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- nvrtc cudnn

# A download that breaks off leaves nothing behind that a second call would take for whole.
temporary=
trap '[ -z "$temporary" ] || rm -rf "$temporary"' EXIT

# get FILE PACKAGE...: the file, and what it needs. A connection that is silent for 15 seconds is given up.
get() {
  local file=$1 library
  shift
  [ ! -e "$folder/lib/$file" ] || return 0
  python3 -m pip --version >/dev/null 2>&1 || { echo "libraries: python3 has no pip" >&2; return 1; }
  temporary=$(mktemp -d "$folder/download.XXXXXX")
  if ! python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --timeout 15 --retries 2 \
    --no-deps --target "$temporary" "$@" >&2; then
    echo "libraries: pip cannot get $*" >&2
    return 1
  fi
  # The file by which a second call sees that all is there comes last.
  mkdir -p "$folder/lib"
  for library in "$temporary"/nvidia/*/lib/*.so*; do
    [ "${library##*/}" = "$file" ] || mv "$library" "$folder/lib/"
  done
  mv "$temporary"/nvidia/*/lib/"$file" "$folder/lib/"
  rm -rf "$temporary"
}

for name; do
  case $name in
    nvrtc)
      get libnvrtc.so.12 nvidia-cuda-nvrtc-cu12==12.9.86
      echo "FUSIONCTL_NVRTC=$folder/lib/libnvrtc.so.12"
      ;;
    cudnn)
      # cuDNN loads cuBLASLt, and ends the process where it is absent.
      get libcudnn.so.9 nvidia-cudnn-cu12==9.10.2.21 nvidia-cublas-cu12==12.9.1.4
      echo "FUSIONCTL_CUDNN=$folder/lib/libcudnn.so.9"
      ;;
    *) echo "libraries: $name: expected nvrtc or cudnn" >&2; exit 64 ;;
  esac
done
